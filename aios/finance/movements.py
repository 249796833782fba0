"""What moved on each account in a span of days, month by month: sums that the database makes."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.books.tables import entries, postings

_MONTH = sa.func.substr(entries.c.day, 1, 7)


@dataclass(frozen=True)
class Movement:
    """What was debited and credited on an account in a month and currency, in minor units."""

    month: str
    account: str
    currency: str
    debit: int
    credit: int

    @property
    def minor(self) -> int:
        """Debits less credits."""
        return self.debit - self.credit


def movements(connection: Connection, first: date, last: date) -> list[Movement]:
    """What moved from the first day to the last, both included, by the days of the entries."""
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for side, column in enumerate((postings.c.debit, postings.c.credit)):
        query = sa.select(_MONTH, column, entries.c.currency, sa.func.sum(postings.c.minor))
        query = query.join(entries, entries.c.key == postings.c.key)
        query = query.where(entries.c.day >= first.isoformat(), entries.c.day <= last.isoformat())
        for month, account, currency, minor in connection.execute(query.group_by(_MONTH, column, entries.c.currency)):
            sums[month, account, currency][side] += int(minor)
    return [Movement(*key, debit, credit) for key, (debit, credit) in sorted(sums.items())]
