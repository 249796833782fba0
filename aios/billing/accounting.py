"""`Accounting`: says what a part of an entry's money was for, and books it, in one transaction; and takes that back."""

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from aios.billing.entries import BankEntry, Use
from aios.billing.matching import Share
from aios.books.books import Books
from aios.books.entry import Draft, posting
from aios.clock import to_text
from aios.errors import Conflict
from aios.events.catalog import EntryAccounted, PaymentMatched, PaymentUnmatched
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.types.books import Posting
from aios.faults import reach

SOURCE = "reconciliation"


@dataclass(frozen=True)
class Place:
    """Which part of which entry, how often it was accounted for before, in which case, and who says so."""

    entry: BankEntry
    part: int
    nth: int
    case_id: str
    actor: str

    @property
    def key(self) -> str:
        """What the next use of it is called."""
        return f"{self.entry.id}/{self.part}/{self.nth}"

    @property
    def by(self) -> str:
        """`owner` or `rule`."""
        return "owner" if self.actor == "owner" else "rule"


class Accounting:
    """Every use of an entry's money goes through here; its key makes it happen once."""

    def __init__(self, log: EventLog, books: Books) -> None:
        self.log = log
        self.books = books

    def match(self, tx: Connection, place: Place, share: Share, on: str, rule: str) -> None:
        """So much of it is for an invoice."""
        owed, roles = share.owed, self.books.chart.roles
        sign = 1 if owed.direction == "receivable" else -1
        said = PaymentMatched(
            key=place.key,
            entry=place.entry.id,
            direction=owed.direction,
            invoice=owed.key,
            clears=owed.clears,
            minor=sign * share.minor,
            currency=owed.currency,
            on=on,
            by=place.by,  # pyright: ignore[reportArgumentType]
            rule=rule,
        )
        other = roles.receivable if sign > 0 else roles.transit if owed.clears == "transfer" else roles.payable
        self._say(tx, place, said)
        self._book(tx, place, on, f"{owed.party}: {owed.name}", owed.name, posting(roles.bank, other, share.minor))

    def book(self, tx: Connection, place: Place, minor: int, account: str, rule: str, text: str) -> None:
        """So much of it is booked on an account; `InvalidInput` where the chart has none of that number."""
        self.books.chart.require(account)
        on = self.day(place.entry)
        self._say(tx, place, self._accounted(place, "account", minor, rule, account=account))
        self._book(tx, place, on, text, "", posting(self.books.chart.roles.bank, account, minor))

    def leave(self, tx: Connection, place: Place, minor: int, rule: str, *, twin: str = "", note: str = "") -> None:
        """So much of it is not booked: another entry (`twin`) says the same, or the owner says to ignore it."""
        how = "same" if twin else "ignored"
        self._say(tx, place, self._accounted(place, how, minor, rule, of=twin, note=note))

    def take_back(self, tx: Connection, use: Use, reason: str, actor: str) -> None:
        """What was said of the money was wrong: a further event says so, and a reversing entry books it."""
        if use.undone_on:
            raise Conflict(f"{use.key} was taken back already.", "See `aios statements entries`.")
        said = PaymentUnmatched(key=use.key, on=self._today(), reason=reason[:500])
        self.log.append(tx, NewEvent(f"entry/{use.entry}", said, None, SOURCE, f"{use.key}/back", actor=actor))
        if use.how not in ("same", "ignored"):
            self.books.take_back(tx, f"bank/{use.key}", f"Taken back: {reason or use.what}"[:200], actor)

    def day(self, entry: BankEntry) -> str:
        """The day of the entry; today where the bank says none."""
        return entry.booked or self._today()

    def _today(self) -> str:
        return to_text(self.log.clock.now())[:10]

    def _accounted(
        self, place: Place, how: str, minor: int, rule: str, *, account: str = "", of: str = "", note: str = ""
    ) -> EntryAccounted:
        fields = {"key": place.key, "entry": place.entry.id, "how": how, "account": account, "of": of, "minor": minor}
        said = {"currency": place.entry.currency, "on": self.day(place.entry), "by": place.by, "rule": rule}
        return EntryAccounted.model_validate({**fields, **said, "note": note[:2000]})

    def _say(self, tx: Connection, place: Place, said: PaymentMatched | EntryAccounted) -> None:
        stream = f"entry/{place.entry.id}"
        self.log.append(tx, NewEvent(stream, said, place.case_id, SOURCE, place.key, actor=place.actor))
        reach("matched")

    def _book(
        self, tx: Connection, place: Place, on: str, text: str, document: str, postings: tuple[Posting, ...]
    ) -> None:
        draft = Draft(
            key=f"bank/{place.key}",
            day=on,
            text=text.strip(": ")[:200],
            document=document[:200],
            currency=place.entry.currency,
            postings=postings,
        )
        self.books.book(tx, draft, place.case_id, place.actor)
