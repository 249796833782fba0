"""An entry of the books, and what is to become one."""

from collections.abc import Iterable
from dataclasses import dataclass

from aios.events.types.books import Posting


@dataclass(frozen=True)
class Draft:
    """What is to be booked. `key` says what it is the entry of: the same key is booked once."""

    key: str
    day: str
    text: str
    document: str
    currency: str
    postings: tuple[Posting, ...]
    corrects: str = ""


@dataclass(frozen=True)
class Entry:
    """An entry as it stands in the books. `corrected_by` is the key of the entry that set it right."""

    key: str
    series: str
    number: int
    day: str
    currency: str
    text: str
    document: str
    corrects: str
    case_id: str
    position: int
    at: str
    postings: tuple[Posting, ...] = ()
    corrected_by: str = ""


def posting(debit: str, credit: str, minor: int) -> tuple[Posting, ...]:
    """So much from `credit` to `debit`; the other way round where it is negative, nothing where it is nothing."""
    if not minor:
        return ()
    if minor < 0:
        debit, credit = credit, debit
    return (Posting(debit=debit, credit=credit, minor=abs(minor)),)


def reversed_(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """The postings that take others back."""
    return tuple(Posting(debit=each.credit, credit=each.debit, minor=each.minor) for each in postings)
