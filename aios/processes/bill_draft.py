"""A draft of an invoice of our own, read and checked: what is missing shows before anybody is asked."""

from dataclasses import replace
from datetime import date

from aios.connectors.mail.address import checked_address
from aios.connectors.mail.attachment import MailAttachment
from aios.database import blobs
from aios.errors import InvalidInput
from aios.events.catalog import InvoiceDrafted, Sender
from aios.invoices.draft import NUMBER, read_draft
from aios.invoices.invoice import Invoice
from aios.invoices.reader import read_xml
from aios.invoices.seller import payments_of, seller_of
from aios.invoices.wording import language_for
from aios.money import Money
from aios.processes.bill import BillChecks, BillDraft
from aios.processes.context import StepContext
from aios.processes.invoice import LineFields, found, taxes_of

MOST_LINES = 20
"""Lines that are shown; all of them are in the draft."""

DUE_DAYS = 14
"""Days to pay where an XML draft does not say."""


def read_bill(step: StepContext) -> BillDraft:
    """The draft as an invoice without a number; the customer is the case's contact from now on."""
    from aios.invoices.ubl_writer import write_ubl

    said = _said(step)
    on = date.fromisoformat(step.trigger.at[:10])
    invoice = _invoice(step, said, on)
    email = email_of(invoice)
    contact_id = step.identify(Sender(name=invoice.buyer.name[:200], email=email)) if email else ""
    with step.kernel.database.write() as tx:
        ubl = blobs.put_bytes(tx, write_ubl(invoice), "application/xml")
        kind = "Credit note" if invoice.credit else "Invoice"
        sum_ = Money(invoice.totals.payable, invoice.currency)
        step.kernel.cases.name(tx, step.case.id, title=f"{kind} to {invoice.buyer.name}: {sum_}")
    return _draft(said, invoice, ubl, email, contact_id)


def check_bill(step: StepContext, draft: BillDraft) -> BillChecks:
    """What is to be looked at. `InvalidInput` where no invoice can be made of it: the case fails, no number is used."""
    from aios.invoices.checks import check
    from aios.invoices.page import draw_page

    invoice = draft_of(step, draft)
    files = step.kernel.billing.issued.check(invoice)
    pages = draw_page(invoice, language_for(draft.country))
    with step.kernel.database.write() as tx:
        kept = (
            blobs.put_bytes(tx, pages, "application/pdf"),
            blobs.put_bytes(tx, files.ubl, "application/xml"),
        )
    return BillChecks(
        findings=found(check(read_xml(files.ubl))),
        pages=MailAttachment(name="draft.pdf", media_type="application/pdf", blob=kept[0], size=len(pages)),
        data=MailAttachment(name="draft.xml", media_type="application/xml", blob=kept[1], size=len(files.ubl)),
    )


def draft_of(step: StepContext, draft: BillDraft) -> Invoice:
    """The invoice of the draft, as it was read."""
    with step.kernel.database.read() as connection:
        return read_xml(blobs.get_bytes(connection, draft.ubl)).invoice


def _said(step: StepContext) -> InvoiceDrafted:
    said = step.trigger.payload
    assert isinstance(said, InvoiceDrafted), step.trigger.type
    return said


def _invoice(step: StepContext, said: InvoiceDrafted, on: date) -> Invoice:
    settings = step.kernel.settings
    with step.kernel.database.read() as connection:
        data = blobs.get_bytes(connection, said.blob)
    if said.media_type != "application/xml":
        return read_draft(data).invoice(seller_of(settings), payments_of(settings), on)
    invoice = read_xml(data).invoice
    days = (invoice.due - invoice.issued).days if invoice.due else DUE_DAYS
    if days < 0:
        raise InvalidInput("The draft is due before its own day.", "Correct it, and hand it in again.")
    return replace(invoice, number=NUMBER)


def email_of(invoice: Invoice) -> str:
    """Where it goes: the address of the buyer's contact, else their electronic one; empty where there is none."""
    endpoint = invoice.buyer.endpoint
    electronic = endpoint.value if endpoint and endpoint.scheme == "EM" else ""
    for each in (invoice.buyer.contact.email, electronic):
        try:
            return checked_address(each)
        except ValueError:
            continue
    return ""


def _draft(said: InvoiceDrafted, invoice: Invoice, ubl: str, email: str, contact_id: str) -> BillDraft:
    totals = invoice.totals
    lines = tuple(
        LineFields(name=each.name[:300], quantity=each.quantity, unit=each.unit, net=each.net)
        for each in invoice.lines[:MOST_LINES]
    )
    return BillDraft(
        name=said.name,
        channel=said.channel,
        about=said.about,
        ubl=ubl,
        credit=invoice.credit,
        credits=", ".join(each.number for each in invoice.preceding) if invoice.credit else "",
        customer=invoice.buyer.name,
        email=email,
        contact_id=contact_id,
        country=invoice.buyer.address.country,
        currency=invoice.currency,
        net=totals.net,
        gross=totals.gross,
        payable=totals.payable,
        due_days=(invoice.due - invoice.issued).days if invoice.due else DUE_DAYS,
        taxes=taxes_of(invoice.taxes),
        lines=lines,
        line_count=len(invoice.lines),
    )
