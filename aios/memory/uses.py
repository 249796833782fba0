"""Uses: which items have entered the contexts of which cases, and when.

An event for each would outgrow what it tells: the snapshots, kept as artifacts, name their pieces already. A row for an
item and a case costs a tenth of a millisecond, and the same case again changes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.among import among
from aios.database.prepared import Prepared
from aios.database.upsert import insert_missing
from aios.memory.tables import memory_uses

_USES = Prepared(
    sa.select(memory_uses.c.item_id, sa.func.count().label("number"), sa.func.max(memory_uses.c.used_at).label("last"))
    .where(among(memory_uses.c.item_id, "ids"))
    .group_by(memory_uses.c.item_id)
)


@dataclass(frozen=True)
class Uses:
    """In the contexts of how many cases an item was, and when it last was new in one."""

    count: int
    last: str


def record_uses(tx: Connection, item_ids: Collection[str], case_id: str, at: str) -> None:
    """Say that the context of a case holds the items; said before is left as it is."""
    if item_ids:
        rows = [{"item_id": item_id, "case_id": case_id, "used_at": at} for item_id in item_ids]
        insert_missing(tx, memory_uses, rows)


def unrecorded(connection: Connection, item_ids: Collection[str], case_id: str) -> list[str]:
    """Those of the items that are not yet said to be in the context of the case."""
    column = memory_uses.c
    query = sa.select(column.item_id).where(column.case_id == case_id, column.item_id.in_(item_ids))
    known = set(connection.scalars(query))
    return [item_id for item_id in item_ids if item_id not in known]


def uses_of(connection: Connection, item_ids: Collection[str]) -> dict[str, Uses]:
    """The uses of those of the items that were used at all."""
    return {row.item_id: Uses(row.number, row.last) for row in _USES.all(connection, ids=list(item_ids))}
