"""`Finance`: the figures of a month or as of a day, from the books and the registers of invoices."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.tables import issued_invoices
from aios.books.books import AT_ONCE, Books
from aios.books.entry import Entry
from aios.books.tables import entries as entries_table
from aios.finance.month import Month
from aios.finance.movements import Movement, movements
from aios.finance.owed import Owed, read_owed
from aios.finance.profit import ProfitLine, profit
from aios.finance.revenue import Customer, CustomerRevenue, customer_key, invoice_of, revenue
from aios.finance.vat import VatLine, vat


@dataclass(frozen=True)
class MonthTotal:
    """What a month brought and cost in one currency, in minor units."""

    month: str
    currency: str
    income: int
    expense: int


class Finance:
    """The figures. Without it, page, commands, API and assets would each add up in their own way."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def vat(self, connection: Connection, month: Month) -> list[VatLine]:
        """The VAT summary of the month, by the days of the entries."""
        return vat(self.entries(connection, month), self.books.chart)

    def revenue(self, connection: Connection, month: Month, until: Month | None = None) -> list[CustomerRevenue]:
        """What each customer brought in the month, or in the months `until` another, the most first."""
        entries = self.entries(connection, month, until)
        return revenue(entries, self.books.chart, _customers(connection, entries))

    def profit(self, connection: Connection, month: Month) -> list[ProfitLine]:
        """Income and expenses of the month, by account."""
        return profit(self.moved(connection, month), self.books.chart)

    def by_month(self, connection: Connection, last: Month, count: int = 12) -> list[MonthTotal]:
        """Income and expenses of the months up to `last`, the oldest first; one in which nothing moved has no line."""
        moved = movements(connection, last.back(count - 1).first, last.last)
        grouped: dict[str, list[Movement]] = defaultdict(list)
        for each in moved:
            grouped[each.month].append(each)
        chart = self.books.chart
        return [total for month, own in sorted(grouped.items()) for total in _totals(month, profit(own, chart))]

    def begun(self, connection: Connection) -> date | None:
        """The day of the earliest entry; None where nothing is booked."""
        day = connection.scalar(sa.select(sa.func.min(entries_table.c.day)))
        return date.fromisoformat(day) if day else None

    def owed(self, connection: Connection, on: date) -> Owed:
        """What was owed to us and by us at the end of the day, its age and what of it was to come in."""
        return read_owed(connection, on)

    def entries(self, connection: Connection, month: Month, until: Month | None = None) -> list[Entry]:
        """Every entry of the month, or of the months `until` another."""
        first, last = month.first.isoformat(), (until or month).last.isoformat()
        return self.books.entries(connection, after=first, until=last, limit=None)

    def moved(self, connection: Connection, month: Month) -> list[Movement]:
        """What moved on each account in the month."""
        return movements(connection, month.first, month.last)


def _totals(month: str, lines: Iterable[ProfitLine]) -> list[MonthTotal]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: {"income": 0, "expense": 0})
    for each in lines:
        sums[each.currency][each.kind] += each.minor
    return [MonthTotal(month, currency, **both) for currency, both in sorted(sums.items())]


def _customers(connection: Connection, entries: Sequence[Entry]) -> dict[str, Customer]:
    """Whom the invoices of the entries went to, by the invoices' keys."""
    keys = sorted({key for each in entries if (key := invoice_of(each))})
    column = issued_invoices.c
    found: dict[str, Customer] = {}
    for start in range(0, len(keys), AT_ONCE):
        query = sa.select(column.key, column.customer, column.contact_id)
        for row in connection.execute(query.where(column.key.in_(keys[start : start + AT_ONCE]))):
            same = row.contact_id or customer_key(row.customer) or "?"
            found[row.key] = Customer(same, row.customer or "Somebody", row.contact_id)
    return found
