"""`Issued`: invoices of our own: each has the next number, files that pass every rule, and its entry in the books."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.credits import settle_each_other
from aios.billing.tables import issued_invoices as table
from aios.books.books import Books
from aios.books.entry import Draft
from aios.books.incoming import Incoming, TaxPart
from aios.books.numbering import next_number
from aios.books.outgoing import postings_of
from aios.database import blobs
from aios.errors import InvalidInput, NotFound, SoftFailure
from aios.events.catalog import InvoiceIssued
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.faults import reach
from aios.invoices.invoice import Invoice

STREAM = "invoices"
ATTEMPTS = 20
"""How often files are made anew because somebody else took the number they bear."""


@dataclass(frozen=True)
class Files:
    """An invoice in the three forms in which it leaves."""

    ubl: bytes
    cii: bytes
    pdf: bytes


class IssuedInvoice(InvoiceIssued):
    """An invoice of our own as the register keeps it, and the position of the event that issued it."""

    position: int


class Issued:
    """The register of our own invoices, and the one way into it."""

    def __init__(self, log: EventLog, books: Books, render: "Callable[[Invoice], Files] | None" = None) -> None:
        self.log = log
        self.books = books
        self.render = render or rendered

    def check(self, draft: Invoice) -> Files:
        """Its files as they would be, without a number; `InvalidInput` names what keeps it from being issued."""
        self._entry("draft", draft)
        return self.render(draft)

    def issue(
        self,
        draft: Invoice,
        key: str,
        on: date,
        *,
        actor: str = "owner",
        contact_id: str = "",
        require: Callable[[Connection], None] = lambda tx: None,
    ) -> IssuedInvoice:
        """Give the draft the next number of the year, and keep it for ever; the same key is issued once.

        The files bear the number and take a while to make, which happens outside the transaction; it holds only where
        the number is still the next one, and `require` raises nothing. `InvalidInput` names the rule that the invoice
        breaks.
        """
        series = f"invoice-{on.year}"
        for _ in range(ATTEMPTS):
            with self.log.database.read() as connection:
                if known := self.find(connection, key):
                    return known
                number = next_number(connection, series)
            invoice = replace(draft, number=f"{on.year}-{number:04d}", issued=on)
            files = self.render(invoice)
            with self.log.database.write() as tx:
                if known := self.find(tx, key):
                    return known
                if next_number(tx, series) == number:
                    require(tx)
                    self._keep(tx, key, series, number, invoice, files, actor, contact_id)
                    reach("issued")
                    return self.get(tx, key)
        raise SoftFailure("Others took every number that was tried.", "Try again in a moment.")

    def find(self, connection: Connection, key: str) -> IssuedInvoice | None:
        """The invoice that was issued under the key, if one was."""
        row = connection.execute(sa.select(table).where(table.c.key == key)).mappings().first()
        return IssuedInvoice.model_validate(dict(row)) if row else None

    def get(self, connection: Connection, key_or_name: str) -> IssuedInvoice:
        """The invoice by its key or its number as it is written; `NotFound` where there is none."""
        fits = (table.c.key == key_or_name) | (table.c.name == key_or_name)
        row = connection.execute(sa.select(table).where(fits)).mappings().first()
        if row is None:
            raise NotFound(f"No invoice {key_or_name[:60]} was issued.", "List them with `aios invoices issued`.")
        return IssuedInvoice.model_validate(dict(row))

    def newest(self, connection: Connection, limit: int = 500) -> list[IssuedInvoice]:
        """The invoices, the newest first."""
        query = sa.select(table).order_by(table.c.position.desc()).limit(limit)
        return [IssuedInvoice.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    def files(self, connection: Connection, invoice: IssuedInvoice) -> Files:
        """The files as they were when it was issued."""
        return Files(*(blobs.get_bytes(connection, each) for each in (invoice.ubl, invoice.cii, invoice.pdf)))

    def _keep(
        self,
        tx: Connection,
        key: str,
        series: str,
        number: int,
        invoice: Invoice,
        files: Files,
        actor: str,
        contact_id: str,
    ) -> None:
        said = InvoiceIssued(
            key=key,
            series=series,
            number=number,
            name=invoice.number,
            customer=invoice.buyer.name[:200],
            contact_id=contact_id,
            issued=invoice.issued.isoformat(),
            due=invoice.due.isoformat() if invoice.due else "",
            currency=invoice.currency,
            net=invoice.totals.net,
            gross=invoice.totals.gross,
            payable=invoice.totals.payable,
            credit=invoice.credit,
            ubl=blobs.put_bytes(tx, files.ubl, "application/xml"),
            cii=blobs.put_bytes(tx, files.cii, "application/xml"),
            pdf=blobs.put_bytes(tx, files.pdf, "application/pdf"),
        )
        self.log.append(tx, NewEvent(STREAM, said, None, STREAM, key, actor=actor))
        self.books.book(tx, self._entry(key, invoice), None, actor)
        if invoice.credit and invoice.preceding:
            settle_each_other(self.log, tx, key, (each.number for each in invoice.preceding), actor)

    def _entry(self, key: str, invoice: Invoice) -> Draft:
        parts = tuple(TaxPart(str(each.category), each.rate, each.basis, each.amount) for each in invoice.taxes)
        asked = Incoming(invoice.totals.gross, parts, invoice.totals.rounding or 0, invoice.credit)
        kind = "credit note" if invoice.credit else "invoice"
        return Draft(
            key=f"issued/{key}",
            day=invoice.issued.isoformat(),
            text=f"{invoice.buyer.name}: {kind} {invoice.number}"[:200],
            document=invoice.number,
            currency=invoice.currency,
            postings=postings_of(asked, self.books.chart),
        )


def rendered(invoice: Invoice) -> Files:
    """The files of an invoice; `InvalidInput` where a rule of EN 16931 refuses it."""
    from aios.invoices.checks import check
    from aios.invoices.cii_writer import write_cii
    from aios.invoices.finding import Severity
    from aios.invoices.hybrid import write_facturx
    from aios.invoices.reader import read_xml
    from aios.invoices.ubl_writer import write_ubl
    from aios.invoices.wording import language_for

    ubl = write_ubl(invoice)
    wrong = [each for each in check(read_xml(ubl)) if each.severity is Severity.ERROR]
    if wrong:
        said = "; ".join(f"{each.rule}: {each.sentence}" for each in wrong[:3])
        raise InvalidInput(f"The invoice cannot be issued. {said}", "Correct the draft.")
    return Files(ubl, write_cii(invoice), write_facturx(invoice, language_for(invoice.buyer.address.country)))
