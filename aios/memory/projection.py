"""How events change the rows of `memory_items`."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.events import catalog
from aios.events.event import Event
from aios.memory.tables import memory_items
from aios.memory.timeline import TRUST

_INSERT = sa.insert(memory_items)
_CLOSE = (
    sa.update(memory_items)
    .where(memory_items.c.item_id == sa.bindparam("closed_id"))
    .values(closed_at=sa.bindparam("at"), closed_reason=sa.bindparam("reason"))
)


class MemoryProjection:
    """What is believed, and what no longer is. A closed item stays, and says when and why; a forgotten one does not."""

    tables: Sequence[sa.Table] = (memory_items,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the item of the event up to date."""
        match event.payload:
            case catalog.MemoryAdded() as added if not event.forgotten_by:
                row = added.model_dump(mode="json")
                row |= {"added_at": event.at, "added_by": event.id, "closed_at": "", "closed_reason": ""}
                tx.execute(_INSERT, row)
            case catalog.MemoryClosed() as closed:
                tx.execute(_CLOSE, {"closed_id": closed.item_id, "at": event.at, "reason": closed.reason})
            case catalog.MemorySupported() as supported if not event.forgotten_by:
                mine = memory_items.c.item_id == supported.item_id
                about = tx.scalar(sa.select(memory_items.c.attributes).where(mine))
                if about is not None:
                    tx.execute(
                        sa.update(memory_items).where(mine).values(attributes=_supported(about, supported.source))
                    )
            case _:
                pass


def _supported(about: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """What is noted of an item, with one source more: it is as sure, and as much to be trusted, as its best one."""
    sources = [*about.get("sources", ()), source]
    best = max(sources, key=lambda one: TRUST[one["trust"]])
    confidence = max(float(one["confidence"]) for one in sources)
    return about | {"sources": sources, "trust": best["trust"], "confidence": confidence}
