"""`Orders`: what we have ordered and contracted, taken from a file; and which of it an invoice is for."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.sameness import number_key, supplier_key
from aios.billing.tables import known_orders as table
from aios.events.catalog import OrderRecorded
from aios.events.event import NewEvent
from aios.events.log import EventLog

STREAM = "orders"
TOLERANCE_PERCENT, TOLERANCE_MINOR = 2, 100
"""How far an invoice may be from what was ordered: so much of it, or so many minor units, whichever is more."""


class KnownOrder(OrderRecorded):
    """An order or contract as the register keeps it."""

    position: int

    def is_near(self, minor: int) -> bool:
        """Whether an invoice over that much fits: about the sum of a contract, and no more than that of an order."""
        room = max(abs(self.minor) * TOLERANCE_PERCENT // 100, TOLERANCE_MINOR)
        return minor <= self.minor + room and (self.kind == "order" or minor >= self.minor - room)


@dataclass(frozen=True)
class ForOrder:
    """The order or contract that an invoice is for, and what does not fit: each a sentence."""

    number: str = ""
    problems: tuple[str, ...] = ()


class Orders:
    """The register, and the one way into it."""

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def record(self, orders: Sequence[OrderRecorded], *, actor: str) -> int:
        """Keep them, all or none; says nothing of what is kept so already. Returns how many are new or changed."""
        with self.log.database.write() as tx:
            known = {each.number_key: each.model_dump(exclude={"position"}) for each in self.all(tx)}
            new = [each for each in orders if known.get(each.number_key) != each.model_dump()]
            for each in new:
                self.log.append(tx, NewEvent(STREAM, each, actor=actor))
        return len(new)

    def all(self, connection: Connection) -> list[KnownOrder]:
        """Every order and contract, the newest first."""
        rows = connection.execute(sa.select(table).order_by(table.c.position.desc())).mappings()
        return [KnownOrder.model_validate(dict(row)) for row in rows]

    def of_invoice(
        self, connection: Connection, named: Sequence[str], supplier: str, minor: int, currency: str
    ) -> ForOrder:
        """The one that an invoice names, else the only one of its supplier with about that sum.

        Where nothing is recorded of the supplier, and nothing of what it names, there is nothing to hold it against.
        """
        known, keys = self.all(connection), [number_key(each) for each in named if each]
        theirs = [each for each in known if each.supplier_key and each.supplier_key == supplier_key(supplier)]
        if order := next((each for each in known if each.number_key in keys), None):
            return ForOrder(order.number, tuple(_problems(order, theirs, supplier, minor, currency)))
        if not theirs:
            return ForOrder()
        fitting = [each for each in theirs if each.currency == currency and each.is_near(minor)]
        if len(fitting) == 1 and not keys:
            return ForOrder(fitting[0].number)
        names = f"It names {', '.join(each for each in named if each)[:80]}, which is" if keys else "It is"
        return ForOrder("", (f"{names} none of the {len(theirs)} orders and contracts with {theirs[0].supplier}.",))


def _problems(order: KnownOrder, theirs: Sequence[KnownOrder], supplier: str, minor: int, currency: str) -> list[str]:
    from aios.money import Money

    found: list[str] = []
    if order not in theirs:
        found.append(f"{order.kind.capitalize()} {order.number} is with {order.supplier}, not with {supplier}.")
    if (order.currency, True) != (currency, order.is_near(minor)):
        sums = f"{Money(minor, currency)} instead of {Money(order.minor, order.currency)}"
        found.append(f"It asks for {sums} of {order.kind} {order.number}.")
    return found
