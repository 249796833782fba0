"""A bank statement: its entries in minor units, and whether they explain how the balance moved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from aios.money import Money


class Status(StrEnum):
    """Only what is booked moves the balance."""

    BOOKED = "booked"
    PENDING = "pending"
    INFORMATION = "information"


@dataclass(frozen=True)
class Part:
    """One of the payments that an entry bundles; signed like the entry. `None` where the bank does not say."""

    amount: int | None
    name: str = ""
    account: str = ""
    reference: str = ""
    """The end-to-end reference."""
    mandate: str = ""
    text: str = ""


@dataclass(frozen=True)
class Entry:
    """Money that came (positive) or went (negative), in minor units of `currency`."""

    amount: int
    currency: str
    booked: date | None
    valued: date | None = None
    status: Status = Status.BOOKED
    parts: tuple[Part, ...] = ()
    bank_reference: str = ""
    text: str = ""
    reversal: bool = False


@dataclass(frozen=True)
class Statement:
    """The entries of one account. `problems` are sentences; a statement without any adds up, as far as it says."""

    account: str
    currency: str
    entries: tuple[Entry, ...]
    source: str
    id: str = ""
    opening: int | None = None
    closing: int | None = None
    problems: tuple[str, ...] = ()

    @property
    def booked(self) -> int:
        """What the booked entries come to."""
        return sum(entry.amount for entry in self.entries if entry.status is Status.BOOKED)


def checked(statement: Statement) -> Statement:
    """The statement with a problem where its balances and entries contradict each other."""
    return replace(statement, problems=(*statement.problems, *_problems(statement)))


def _problems(statement: Statement) -> Iterable[str]:
    others = {entry.currency for entry in statement.entries} - {statement.currency}
    if others:
        yield f"Entries in {', '.join(sorted(others))} stand on an account in {statement.currency}."
    elif statement.opening is not None and statement.closing is not None:
        expected = statement.opening + statement.booked
        if expected != statement.closing:
            computed, said = (Money(minor, statement.currency) for minor in (expected, statement.closing))
            yield f"Opening balance and entries make {computed}, but the closing balance is {said}."
