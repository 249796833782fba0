"""What is owed, to us and by us, as the books had it at the end of a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.bookings import BOOKING
from aios.billing.tables import disputes, issued_invoices, received_invoices, settlements
from aios.books.standing import standing
from aios.events.types.settlements import Direction


@dataclass(frozen=True)
class OpenItem:
    """An invoice that is not settled, in minor units of its currency; what a credit note gives back is negative.

    `key` is that of an invoice of our own, or the case of one that came in; `name` is its number as it is written.
    `since` is the day from which the books have it, `due` is empty where it names no day. `open` is `payable` less what
    was paid.
    """

    direction: Direction
    key: str
    name: str
    party: str
    contact_id: str
    since: str
    issued: str
    due: str
    currency: str
    payable: int
    paid: int
    open: int
    disputed: bool


def open_items(connection: Connection, *, on: date) -> list[OpenItem]:
    """What was open at the end of the day `on`, the earliest due first; those without a day come last.

    An invoice is owed from the day on which the books have it until they take it back; a payment counts from its day in
    the bank's statement. So the same log gives the same answer whenever it is asked, and what is owed to us is what
    stands on receivables.
    """
    return [item for item in all_items(connection, on=on) if item.open]


def all_items(connection: Connection, *, on: date) -> list[OpenItem]:
    """The same with those that are settled."""
    day = on.isoformat()
    booked = standing(connection, until=day)
    found = [*_receivable(connection, booked), *_payable(connection, booked)]
    paid, disputed = _paid(connection, day), _disputed(connection, day)
    items = [_item(each, paid, disputed) for each in found]
    return sorted(items, key=lambda item: (item.due or "9999", item.issued, item.direction, item.key))


Row = dict[str, Any]
About = tuple[str, str]
"""An invoice by its direction and key."""


def _receivable(connection: Connection, booked: dict[str, str]) -> list[Row]:
    rows = connection.execute(sa.select(issued_invoices)).mappings()
    return [
        _row(row, "receivable", row["key"], row["name"], row["customer"], day)
        for row in rows
        if (day := booked.get(f"issued/{row['key']}"))
    ]


def _payable(connection: Connection, booked: dict[str, str]) -> list[Row]:
    since = {key.partition(BOOKING)[0]: day for key, day in booked.items() if BOOKING in key}
    rows = connection.execute(sa.select(received_invoices)).mappings()
    return [
        _row(row, "payable", row["case_id"], row["number"], row["supplier"], day)
        for row in rows
        if (day := since.get(row["case_id"]))
    ]


def _row(row: sa.RowMapping, direction: Direction, key: str, name: str, party: str, since: str) -> Row:
    said = {each: row[each] for each in ("contact_id", "issued", "due", "currency")}
    payable = -row["payable"] if row["credit"] else row["payable"]
    about = {"direction": direction, "key": key, "name": name, "party": party, "since": since}
    return {**said, **about, "payable": payable}


def _paid(connection: Connection, day: str) -> dict[About, int]:
    column = settlements.c
    query = sa.select(column.direction, column.invoice, sa.func.sum(column.minor)).where(
        column.clears == "invoice",
        column.on <= day,
        (column.undone_on == "") | (column.undone_on > day),
    )
    found = connection.execute(query.group_by(column.direction, column.invoice))
    return {(direction, invoice): int(minor) for direction, invoice, minor in found}


def _disputed(connection: Connection, day: str) -> set[About]:
    column = disputes.c
    goes_on = (column.until == "") | (column.until > day)
    query = sa.select(column.direction, column.invoice).where(column.since <= day, goes_on)
    return {(direction, invoice) for direction, invoice in connection.execute(query)}


def _item(row: Row, paid: dict[About, int], disputed: set[About]) -> OpenItem:
    about = (row["direction"], row["key"])
    minor = paid.get(about, 0)
    return OpenItem(**row, paid=minor, open=row["payable"] - minor, disputed=about in disputed)
