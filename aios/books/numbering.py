"""Numbers without gaps: each series counts from one, and a number is taken in the transaction of its event.

A write transaction is the only writer while it lasts, so nobody else can read the same last number; one that fails or
dies takes its number with it, and the next one gets it.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.books.tables import numbers
from aios.events import catalog
from aios.events.event import Event

_TAKE = sa.insert(numbers)
_LAST = sa.select(sa.func.max(numbers.c.number)).where(numbers.c.series == sa.bindparam("series"))


class NumberProjection:
    """Which numbers were given out; a number that was given out before breaks the transaction."""

    tables = (numbers,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Keep the number that the event has taken."""
        if isinstance(event.payload, catalog.BookingEntered | catalog.InvoiceIssued):
            said = event.payload
            row = {"series": said.series, "number": said.number, "position": event.position}
            tx.execute(_TAKE, row)


def next_number(tx: Connection, series: str) -> int:
    """The next number of the series; `tx` is the write transaction in which the event that takes it is appended."""
    return (tx.scalar(_LAST, {"series": series}) or 0) + 1


def gaps(connection: Connection) -> list[str]:
    """What is wrong with the numbers: the series in which one is missing. None where all is well."""
    counted = sa.select(numbers.c.series, sa.func.count(), sa.func.max(numbers.c.number)).group_by(numbers.c.series)
    rows = connection.execute(counted.order_by(numbers.c.series)).all()
    return [f"{series} has {count} numbers up to {last}" for series, count, last in rows if count != last]
