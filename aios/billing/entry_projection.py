"""How events change the rows of bank entries: what came in, and what its money was for."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.tables import bank_entries, entry_uses
from aios.events import catalog
from aios.events.event import Event

_CAME = sa.insert(bank_entries)
_USED = sa.insert(entry_uses)
_LEFT = (
    sa.update(bank_entries)
    .where(bank_entries.c.id == sa.bindparam("which"))
    .values({"left": bank_entries.c.left - sa.bindparam("used")})
)
_UNDO = sa.update(entry_uses).where(entry_uses.c.key == sa.bindparam("undone"))
_OF = sa.select(entry_uses.c.entry).where(entry_uses.c.key == sa.bindparam("use"))
_MUCH = sa.select(entry_uses.c.minor).where(entry_uses.c.key == sa.bindparam("use"))


class EntryProjection:
    """Every entry of every statement, and how much of it is accounted for."""

    tables = (bank_entries, entry_uses)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the entry of the event up to date."""
        match event.payload:
            case catalog.EntryBooked() as said:
                names = ("account", "currency", "amount", "booked", "blob")
                row = {name: getattr(said, name) for name in names}
                about = {"id": event.id, "statement": event.caused_by or "", "position": event.position}
                tx.execute(_CAME, {**row, **about, "left": said.amount})
            case catalog.PaymentMatched(entry=entry) as matched if entry:
                self._use(tx, event, _matched(matched))
            case catalog.EntryAccounted() as told:
                self._use(tx, event, _accounted(told))
            case catalog.PaymentUnmatched() as wrong:
                if entry := tx.scalar(_OF, {"use": wrong.key}):
                    used = int(tx.scalar(_MUCH, {"use": wrong.key}) or 0)
                    tx.execute(_UNDO, {"undone": wrong.key, "undone_on": wrong.on})
                    tx.execute(_LEFT, {"which": entry, "used": -used})
            case _:
                pass

    def _use(self, tx: Connection, event: Event, row: dict[str, Any]) -> None:
        tx.execute(_USED, {**row, "undone_on": "", "position": event.position})
        tx.execute(_LEFT, {"which": row["entry"], "used": row["minor"]})


def _matched(said: catalog.PaymentMatched) -> dict[str, Any]:
    sign = 1 if said.direction == "receivable" else -1
    row = {name: getattr(said, name) for name in ("key", "entry", "direction", "on", "by", "rule")}
    return {**row, "how": said.clears, "what": said.invoice, "minor": sign * said.minor}


def _accounted(said: catalog.EntryAccounted) -> dict[str, Any]:
    row = {name: getattr(said, name) for name in ("key", "entry", "how", "minor", "on", "by", "rule")}
    return {**row, "direction": "", "what": said.account or said.of}
