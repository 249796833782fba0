"""The entries of an invoice that came in: the one that holds, and how many there were."""

from sqlalchemy.engine import Connection

from aios.books.books import Books
from aios.books.entry import Entry

BOOKING = "/booking"
"""What follows the case in the key of its entry; the second one has `/booking/2`."""


def standing_booking(books: Books, connection: Connection, case_id: str) -> tuple[Entry | None, int]:
    """The entry of a case's invoice that holds, and how many there were."""
    prefix = f"{case_id}{BOOKING}"
    found = books.entries(connection, case_id=case_id, limit=None)
    own = [each for each in found if each.key.startswith(prefix) and not each.corrects]
    return next((each for each in reversed(own) if not each.corrected_by), None), len(own)


def booking_key(case_id: str, before: int) -> str:
    """The key of the entry of a case's invoice that comes after so many."""
    return f"{case_id}{BOOKING}/{before + 1}" if before else f"{case_id}{BOOKING}"


def expense_of(entry: Entry, payable: str) -> str:
    """The account that its first posting takes what we owe from, or gives it back to."""
    first = entry.postings[0]
    return first.credit if first.debit == payable else first.debit
