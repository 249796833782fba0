"""`Disputes`: invoices that somebody says are not owed; nothing reminds of them until that is resolved."""

from collections.abc import Callable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem, all_items
from aios.billing.tables import disputes as table
from aios.errors import Conflict, NotFound
from aios.events.catalog import DisputeResolved, InvoiceDisputed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.types.settlements import Direction

_GOES_ON = sa.select(sa.literal(1)).where(
    table.c.direction == sa.bindparam("direction"), table.c.invoice == sa.bindparam("invoice"), table.c.until == ""
)


class Disputes:
    """What is disputed. An invoice is named by its number, its key, or the case that it came in with."""

    def __init__(self, log: EventLog, told: Callable[[Connection, str], object] = lambda tx, key: None) -> None:
        """`told` hears of an invoice of ours that is disputed, by its key, in the transaction that says so."""
        self.log = log
        self.told = told

    def begin(self, name: str, on: date, note: str = "", *, actor: str) -> OpenItem:
        """The invoice is disputed from the day on; `Conflict` where it is already, or is settled."""
        with self.log.database.write() as tx:
            item = named(tx, name)
            if not item.open:
                raise Conflict(f"Nothing is owed on {item.name}.", "Settle it with whoever paid.")
            if self.is_disputed(tx, item.direction, item.key):
                raise Conflict(
                    f"{item.name} is disputed already.", f"Resolve it: aios invoices dispute {name} --resolve"
                )
            said = InvoiceDisputed(direction=item.direction, invoice=item.key, on=on.isoformat(), note=note[:2000])
            self.log.append(tx, NewEvent(_stream(item), said, _case(item), actor=actor))
            if item.direction == "receivable":
                self.told(tx, item.key)
        return item

    def resolve(self, name: str, on: date, note: str = "", *, actor: str) -> OpenItem:
        """The invoice is disputed no longer; `Conflict` where it was not."""
        with self.log.database.write() as tx:
            item = named(tx, name)
            if not self.is_disputed(tx, item.direction, item.key):
                raise Conflict(f"{item.name} is not disputed.", "See what is: aios invoices open")
            said = DisputeResolved(direction=item.direction, invoice=item.key, on=on.isoformat(), note=note[:2000])
            self.log.append(tx, NewEvent(_stream(item), said, _case(item), actor=actor))
        return item

    def is_disputed(self, connection: Connection, direction: Direction, key: str) -> bool:
        """Whether the invoice is disputed now."""
        return connection.scalar(_GOES_ON, {"direction": direction, "invoice": key}) is not None


def named(connection: Connection, name: str) -> OpenItem:
    """The invoice of that number, key or case, settled or not; `NotFound`, or `Conflict` where several have it."""
    found = [item for item in all_items(connection, on=date.max) if name in (item.key, item.name)]
    if not found:
        raise NotFound(f"No invoice {name[:60]} is in the books.", "List what is open: aios invoices open")
    exact = [item for item in found if item.key == name] or found
    if len(exact) > 1:
        keys = ", ".join(item.key for item in exact[:5])
        raise Conflict(f"Several invoices have the number {name[:60]}.", f"Name one of {keys}.")
    return exact[0]


def _case(item: OpenItem) -> str | None:
    return item.key if item.direction == "payable" else None


def _stream(item: OpenItem) -> str:
    return f"case/{item.key}" if item.direction == "payable" else "invoices"
