"""A credit note takes an issued invoice back. A rollback drafts it; it is issued like an invoice, by decision."""

from dataclasses import replace

from aios.billing.dunning import CREDIT
from aios.cases.cases import Case
from aios.cases.process import OUTGOING_INVOICE
from aios.database import blobs
from aios.events.catalog import InvoiceDrafted
from aios.events.event import NewEvent
from aios.invoices.draft import NUMBER
from aios.invoices.invoice import Invoice, Reference
from aios.invoices.reader import read_xml
from aios.kernel import Kernel

CREDIT_NOTE = "381"


def draft_credit_note(kernel: Kernel, case: Case) -> None:
    """Open a case with the credit note of what was issued in this one; none of nothing, and none of a credit note."""
    from aios.invoices.ubl_writer import write_ubl

    with kernel.database.write() as tx:
        invoice = kernel.billing.issued.find(tx, case.id)
        if invoice is None or invoice.credit:
            return
        draft = credit_note_of(read_xml(kernel.billing.issued.files(tx, invoice).ubl).invoice)
        said = InvoiceDrafted(
            name=f"credit note for {invoice.name}",
            customer=invoice.customer,
            about=f"Invoice {invoice.name} was taken back.",
            blob=blobs.put_bytes(tx, write_ubl(draft), "application/xml"),
            media_type="application/xml",
            channel="rollback",
            credits=invoice.key,
        )
        case_id = kernel.cases.next_id(tx, OUTGOING_INVOICE.name)
        asked = NewEvent(f"case/{case_id}", said, case_id, CREDIT, invoice.key, actor="owner")
        came = kernel.log.append(tx, asked)
        if not came.duplicate:
            kernel.cases.open(tx, case_id, OUTGOING_INVOICE.name, said.name, came.event.id)
            kernel.billing.dunning.thought_over(tx, invoice.key)


def credit_note_of(invoice: Invoice) -> Invoice:
    """The draft that credits all of the invoice, and names it."""
    return replace(
        invoice,
        number=NUMBER,
        type=CREDIT_NOTE,
        preceding=(Reference(invoice.number, invoice.issued),),
        payments=(),
        payment_reference="",
        due=None,
        terms="",
        notes=(),
        totals=replace(invoice.totals, prepaid=None, payable=invoice.totals.gross + (invoice.totals.rounding or 0)),
    )
