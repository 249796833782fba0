"""An invoice of our own as its page shows it: how it stands, what became of it, and its files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.issued import IssuedInvoice
from aios.billing.open_items import OpenItem, all_items
from aios.billing.tables import disputes, settlements
from aios.books.entry import Entry
from aios.books.exports import number_of
from aios.books.tables import entries
from aios.effects import ledger
from aios.finance.aging import days_overdue
from aios.finance.revenue import BOOKED
from aios.kernel import Kernel
from aios.money import Money

Form = Literal["pdf", "ubl", "cii"]
MOST = 100
"""Entries, payments and effects that the page shows of an invoice."""


@dataclass(frozen=True)
class Happening:
    """Something that became of the invoice on a day; `link` leads to more about it, where there is more."""

    day: str
    title: str
    said: str = ""
    tone: str = ""
    link: str = ""


@dataclass(frozen=True)
class IssuedPage:
    """The invoice, what is open of it (None where the books have it no longer), and what became of it, in order."""

    invoice: IssuedInvoice
    item: OpenItem | None
    overdue: int
    case_id: str
    happened: Sequence[Happening]


def read(kernel: Kernel, connection: Connection, name: str) -> IssuedPage:
    """The page of the invoice of that number or key; `NotFound` where there is none."""
    invoice, on = kernel.billing.issued.get(connection, name), kernel.clock.now().date()
    items = all_items(connection, on=on)
    item = next((each for each in items if (each.direction, each.key) == ("receivable", invoice.key)), None)
    event = kernel.log.read(connection, after=invoice.position - 1, limit=1)[0]
    happened = [
        _issued(invoice),
        *_booked(kernel, connection, invoice),
        *_sent(connection, event.case_id or ""),
        *_reminded(kernel, connection, invoice),
        *_settled(connection, invoice),
        *_disputed(connection, invoice),
    ]
    return IssuedPage(
        invoice=invoice,
        item=item,
        overdue=max(days_overdue(item, on), 0) if item and item.open > 0 else 0,
        case_id=event.case_id or "",
        happened=sorted(happened, key=lambda each: each.day),
    )


def file(kernel: Kernel, connection: Connection, name: str, form: Form) -> tuple[str, bytes]:
    """The invoice's file in one form, and its name."""
    invoice = kernel.billing.issued.get(connection, name)
    files = kernel.billing.issued.files(connection, invoice)
    ending = {"pdf": "pdf", "ubl": "xml", "cii": "cii.xml"}[form]
    return f"{invoice.name}.{ending}", {"pdf": files.pdf, "ubl": files.ubl, "cii": files.cii}[form]


def _issued(invoice: IssuedInvoice) -> Happening:
    due = f"Due {invoice.due}." if invoice.due else "It names no day on which it is due."
    return Happening(invoice.issued, "Issued", f"{Money(invoice.payable, invoice.currency)}. {due}", "act")


def _booked(kernel: Kernel, connection: Connection, invoice: IssuedInvoice) -> Iterator[Happening]:
    key = BOOKED + invoice.key
    about = (entries.c.key == key) | (entries.c.corrects == key) | (entries.c.document == invoice.name)
    for each in connection.scalars(sa.select(entries.c.key).where(about).order_by(entries.c.position).limit(MOST)):
        entry = kernel.books.get(connection, each)
        title = "Taken back in the books" if entry.corrects else "Booked"
        yield Happening(entry.day, title, f"Entry {number_of(entry)}: {_lines(entry)}", "", "/books")


def _lines(entry: Entry) -> str:
    return ", ".join(f"{each.debit} ← {each.credit} {Money(each.minor, entry.currency)}" for each in entry.postings)


def _sent(connection: Connection, case_id: str) -> Iterator[Happening]:
    """The effects of the case that the invoice is of, if it is of one."""
    for effect in ledger.listing(connection, case_id=case_id)[:MOST] if case_id else ():
        said = f"{effect.connector} {effect.operation} is {effect.state}."
        link = f"/outbox/effect?key={effect.key}"
        yield Happening(effect.updated_at[:10], effect.step.replace("_", " ").capitalize(), said, "", link)


def _reminded(kernel: Kernel, connection: Connection, invoice: IssuedInvoice) -> Iterator[Happening]:
    for each in kernel.billing.dunning.reminded(connection, invoice.key):
        case = each.case
        said = f"{case.id} is {case.outcome or case.status}."
        yield Happening(each.on, f"Reminder {each.level}", said, "wait", f"/cases/{case.id}")


def _settled(connection: Connection, invoice: IssuedInvoice) -> Iterator[Happening]:
    column = settlements.c
    about = (column.direction == "receivable", column.invoice == invoice.key, column.clears == "invoice")
    query = sa.select(settlements).where(*about).order_by(column.position).limit(MOST)
    for row in connection.execute(query):
        said = f"{Money(row.minor, row.currency)}, found by {row.rule or row.by}."
        yield Happening(row.on, "Paid", said, "good")
        if row.undone_on:
            yield Happening(row.undone_on, "Payment taken back", said, "bad")


def _disputed(connection: Connection, invoice: IssuedInvoice) -> Iterator[Happening]:
    column = disputes.c
    about = (column.direction == "receivable", column.invoice == invoice.key)
    for row in connection.execute(sa.select(disputes).where(*about).order_by(column.position).limit(MOST)):
        yield Happening(row.since, "Disputed", "", "wait")
        if row.until:
            yield Happening(row.until, "Disputed no longer", "", "good")
