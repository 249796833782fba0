"""What will come in, week by week: each open invoice on its due day, moved by how late its customer usually pays.

How late is the median, over the customer's invoices that were paid in full, of the days from due to the last payment;
known from `KNOWN_FROM` of them on. A customer of whom fewer are known is taken to pay on the due day, and an invoice
that should have come by now in the running week. What is disputed is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem
from aios.billing.tables import settlements
from aios.finance.aging import days_overdue
from aios.finance.revenue import customer_key

KNOWN_FROM = 2
"""So many paid invoices tell how late a customer pays."""

WEEKS = 13
"""How far the forecast looks, the running week included; what comes later is in the last line."""


@dataclass(frozen=True)
class Habit:
    """How many days after the due day a customer pays, negative before it, and of how many invoices that is known."""

    customer: str
    days: int
    known_from: int


@dataclass(frozen=True)
class ForecastLine:
    """What is expected in a week that begins on a Monday, in minor units: `expected` by habits, `due` by terms alone.

    `by_habit` of the `invoices` were moved by a habit. `later` says that it is everything from that week on.
    """

    week: str
    currency: str
    expected: int
    due: int
    invoices: int
    by_habit: int
    later: bool


def customer_of(item: OpenItem) -> str:
    """What is the same for all invoices of a customer; an invoice that names nobody is nobody else's."""
    return item.contact_id or customer_key(item.party) or f"invoice {item.key}"


def habits(connection: Connection, items: Iterable[OpenItem], on: date) -> dict[str, Habit]:
    """The habits of the customers; `items` are all items of the day `on`, those that are settled too."""
    paid = _last_payments(connection, on)
    late: dict[str, list[int]] = defaultdict(list)
    for item in items:
        if item.direction == "receivable" and item.payable > 0 and not item.open and item.key in paid:
            late[customer_of(item)].append(days_overdue(item, date.fromisoformat(paid[item.key])))
    known = {customer: days for customer, days in late.items() if len(days) >= KNOWN_FROM}
    return {customer: Habit(customer, round(median(days)), len(days)) for customer, days in known.items()}


def forecast(items: Iterable[OpenItem], known: Mapping[str, Habit], on: date) -> list[ForecastLine]:
    """A line for each week and currency, those in which nothing comes too, from the running week on."""
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for item in items:
        if item.direction != "receivable" or item.disputed or not item.open:
            continue
        due = on - timedelta(days=days_overdue(item, on))
        habit = known.get(customer_of(item))
        expected = sums[item.currency, _week(due + timedelta(days=habit.days if habit else 0), on)]
        expected[0] += item.open
        expected[2] += 1
        expected[3] += habit is not None
        sums[item.currency, _week(due, on)][1] += item.open
    monday = on - timedelta(days=on.weekday())
    return [
        ForecastLine((monday + timedelta(weeks=week)).isoformat(), currency, *sums[currency, week], later=week == WEEKS)
        for currency in sorted({currency for currency, _ in sums})
        for week in range(WEEKS + 1)
    ]


def _week(day: date, on: date) -> int:
    """The number of weeks from the running one, which takes what is late, to that of the day; at most `WEEKS`."""
    monday = on - timedelta(days=on.weekday())
    return min(max((day - monday).days // 7, 0), WEEKS)


def _last_payments(connection: Connection, on: date) -> dict[str, str]:
    column, day = settlements.c, on.isoformat()
    query = sa.select(column.invoice, sa.func.max(column.on)).where(
        column.direction == "receivable", column.clears == "invoice", column.on <= day, column.entry != ""
    )
    holds = (column.undone_on == "") | (column.undone_on > day)
    return {invoice: last for invoice, last in connection.execute(query.where(holds).group_by(column.invoice))}
