"""`Books`: what was booked, added to and never changed; balances are sums over it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.books.chart import Chart, Kind, read_chart
from aios.books.entry import Draft, Entry, reversed_
from aios.books.numbering import gaps, next_number
from aios.books.tables import entries, postings
from aios.clock import to_text
from aios.errors import Conflict, InvalidInput, NotFound
from aios.events.catalog import BookingEntered
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.types.books import Posting
from aios.faults import reach

STREAM = "books"
AT_ONCE = 500

_BY_KEY = sa.select(entries).where(entries.c.key == sa.bindparam("key"))
_CORRECTING = sa.select(entries.c.corrects, entries.c.key).where(entries.c.corrects != "")


@dataclass(frozen=True)
class Balance:
    """What stands on an account in one currency: debits less credits, in minor units."""

    account: str
    name: str
    kind: Kind | None
    currency: str
    debit: int
    credit: int

    @property
    def minor(self) -> int:
        """Debits less credits."""
        return self.debit - self.credit


class Books:
    """The books. A method that takes `tx` joins a write transaction of the caller."""

    def __init__(self, log: EventLog, home: Path) -> None:
        self.log = log
        self.home = home

    @property
    def chart(self) -> Chart:
        """The chart of accounts as it is now; `Misconfigured` where its file is wrong."""
        return read_chart(self.home)

    def book(self, tx: Connection, draft: Draft, case_id: str | None = None, actor: str = "system") -> Entry:
        """Enter it, with the next number of its year. What is there already under its key stays as it is.

        `Conflict` where that says something else, `InvalidInput` for an account that the chart does not have.
        """
        if known := self.find(tx, draft.key):
            if (known.postings, known.currency) != (draft.postings, draft.currency):
                raise Conflict(f"{draft.key} is booked otherwise already.", "Book a correction of it.")
            return known
        chart = self.chart
        for each in draft.postings:
            if each.debit == each.credit:
                raise InvalidInput(f"Account {each.debit} cannot be booked on itself.", "Name two accounts.")
            chart.require(each.debit)
            chart.require(each.credit)
        series = f"book-{draft.day[:4]}"
        fields = {**asdict(draft), "postings": draft.postings, "series": series, "number": next_number(tx, series)}
        said = BookingEntered.model_validate(fields)
        self.log.append(tx, NewEvent(STREAM, said, case_id, STREAM, draft.key, actor=actor))
        reach("booked")
        return self.get(tx, draft.key)

    def take_back(self, tx: Connection, key: str, text: str, actor: str = "system") -> Entry:
        """Set an entry right by one that takes it back, of today, or of its own day where that is still to come.

        `Conflict` where that was done before.
        """
        wrong = self.get(tx, key)
        if wrong.corrected_by or wrong.corrects:
            raise Conflict(f"{key} is a correction, or corrected already.", "Book what is right as a new entry.")
        day = max(to_text(self.log.clock.now())[:10], wrong.day)
        draft = Draft(f"{key}/back", day, text, wrong.document, wrong.currency, reversed_(wrong.postings), key)
        return self.book(tx, draft, wrong.case_id or None, actor)

    def find(self, connection: Connection, key: str) -> Entry | None:
        """The entry under the key, if there is one."""
        row = connection.execute(_BY_KEY, {"key": key}).mappings().first()
        return self._with_postings(connection, [Entry(**row)])[0] if row else None

    def get(self, connection: Connection, key: str) -> Entry:
        """The entry under the key; `NotFound` where there is none."""
        if entry := self.find(connection, key):
            return entry
        raise NotFound(f"There is no entry {key[:200]}.", "List them with `aios ledger entries`.")

    def entries(
        self,
        connection: Connection,
        *,
        account: str = "",
        case_id: str = "",
        after: str = "",
        until: str = "",
        limit: int | None = 500,
    ) -> list[Entry]:
        """Entries in the order in which they were booked, the newest where there are more than `limit`.

        Narrowed by account, case, and days (both included).
        """
        query = sa.select(entries).order_by(entries.c.position.desc()).limit(limit)
        if account:
            touched = sa.select(postings.c.key).where((postings.c.debit == account) | (postings.c.credit == account))
            query = query.where(entries.c.key.in_(touched))
        for given, fits in (
            (case_id, entries.c.case_id == case_id),
            (after, entries.c.day >= after),
            (until, entries.c.day <= until),
        ):
            query = query.where(fits) if given else query
        found = [Entry(**row) for row in connection.execute(query).mappings()]
        return self._with_postings(connection, found[::-1])

    def balances(self, connection: Connection, *, until: str = "") -> list[Balance]:
        """What stands on each account that was ever booked on, by number; `until` a day, included."""
        chart = self.chart
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for side, column in enumerate((postings.c.debit, postings.c.credit)):
            query = sa.select(column, entries.c.currency, sa.func.sum(postings.c.minor))
            query = query.join(entries, entries.c.key == postings.c.key).group_by(column, entries.c.currency)
            if until:
                query = query.where(entries.c.day <= until)
            for account, currency, minor in connection.execute(query):
                sums[account, currency][side] += int(minor)
        return [
            Balance(number, chart.name(number), _kind(chart, number), currency, debit, credit)
            for (number, currency), (debit, credit) in sorted(sums.items())
        ]

    def problems(self, connection: Connection) -> list[str]:
        """What is wrong with the books, a sentence each: none as long as only aios has written to its database."""
        found = [f"A number is missing: {gap}." for gap in gaps(connection)]
        sums: dict[str, int] = defaultdict(int)
        for each in self.balances(connection):
            sums[each.currency] += each.minor
        found += [f"The accounts in {currency} do not balance: {minor}." for currency, minor in sums.items() if minor]
        bare = sa.select(entries.c.key).where(entries.c.key.not_in(sa.select(postings.c.key))).limit(5)
        return found + [f"Entry {key} has no postings." for key in connection.scalars(bare)]

    def _with_postings(self, connection: Connection, found: Sequence[Entry]) -> list[Entry]:
        lines: dict[str, list[Posting]] = defaultdict(list)
        corrected: dict[str, str] = {}
        keys = [each.key for each in found]
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            query = sa.select(postings).where(postings.c.key.in_(some)).order_by(postings.c.key, postings.c.line)
            for row in connection.execute(query):
                lines[row.key].append(Posting(debit=row.debit, credit=row.credit, minor=row.minor))
            rows = connection.execute(_CORRECTING.where(entries.c.corrects.in_(some))).all()
            corrected |= {wrong: key for wrong, key in rows}
        return [
            replace(each, postings=tuple(lines[each.key]), corrected_by=corrected.get(each.key, "")) for each in found
        ]


def require_day(text: str) -> str:
    """A day as `2026-11-25`; `InvalidInput` for anything else."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is no day.", "Write it like 2026-11-25.") from None


def _kind(chart: Chart, number: str) -> Kind | None:
    return chart.accounts[number].kind if number in chart.accounts else None
