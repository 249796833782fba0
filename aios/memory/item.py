"""`Item`: one piece of knowledge, and how items are read from the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import get_bytes
from aios.memory.lexical import Indexed
from aios.memory.tables import memory_items


@dataclass(frozen=True)
class Item:
    """Something that is or was believed. `ordinal` is its place in its `source`, from 1; 0 where it stands alone."""

    item_id: str
    kind: str
    title: str
    text: str
    subject: str
    source: str
    ordinal: int
    valid_from: str
    valid_to: str
    attributes: dict[str, Any]
    added_at: str
    closed_at: str
    closed_reason: str


def read_items(connection: Connection, query: sa.Select[Any]) -> list[Item]:
    """The items whose rows the query over `memory_items` selects, with their text."""
    rows = connection.execute(query).mappings().all()
    return [_to_item(connection, row) for row in rows]


def all_items() -> sa.Select[Any]:
    """A query for every item, by source and place."""
    return sa.select(memory_items).order_by(memory_items.c.source, memory_items.c.ordinal, memory_items.c.item_id)


def believed(at: str, *, subjects: Sequence[str] = (), kinds: Sequence[str] = ()) -> sa.Select[Any]:
    """A query for the ids of what is believed and valid at a moment, narrowed by subject and kind."""
    column = memory_items.c
    query = sa.select(column.item_id).where(
        column.closed_at == "",
        column.valid_from <= at,
        sa.or_(column.valid_to == "", column.valid_to > at),
    )
    if subjects:
        query = query.where(column.subject.in_(subjects))
    if kinds:
        query = query.where(column.kind.in_(kinds))
    return query


def with_neighbours(items: Sequence[Item]) -> list[Indexed]:
    """The items as the lexical index takes them; `items` hold whole sources, open pieces only."""
    place = {(item.source, item.ordinal): item for item in items if item.ordinal}
    return [
        Indexed(item.item_id, _own(item), _beside(place, item, (-1, 1)), _beside(place, item, (-2, 2)))
        for item in items
    ]


def _beside(place: dict[tuple[str, int], Item], item: Item, steps: tuple[int, ...]) -> str:
    if not item.ordinal:
        return ""
    found = (place.get((item.source, item.ordinal + step)) for step in steps)
    return " ".join(_own(other) for other in found if other is not None and _of_one_section(item, other))


def _of_one_section(item: Item, other: Item) -> bool:
    """Whether one stands under the headings of the other: what comes after a heading is about something else."""
    paths: list[list[str]] = [list(one.attributes.get("headings", [])) for one in (item, other)]
    shorter, longer = sorted(paths, key=len)
    return longer[: len(shorter)] == shorter


def _own(item: Item) -> str:
    return f"{item.title}\n{item.text}"


def _to_item(connection: Connection, row: sa.RowMapping) -> Item:
    values = {name: row[name] for name in Item.__dataclass_fields__ if name != "text"}
    return Item(text=get_bytes(connection, row["blob"]).decode(), **values)
