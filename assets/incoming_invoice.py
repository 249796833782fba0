"""Billing, incoming (P5): somebody wants to be paid; it is read, checked, booked, and paid where that is decided.

invoice → invoice_fields → invoice_checks → invoice_match → invoice_booking → invoice_payment
"""

from aios.cases.process import INCOMING_INVOICE
from aios.database import blobs
from aios.events.catalog import InvoiceReceived
from aios.processes.context import StepContext
from aios.processes.invoice import (
    Examined,
    IncomingFile,
    InvoiceBooking,
    InvoiceChecks,
    InvoiceFields,
    InvoiceMatch,
    InvoicePayment,
)
from aios.processes.invoice_booking import book
from aios.processes.invoice_matching import match
from aios.processes.invoice_payment import Asked, pay
from aios.processes.invoice_reading import check_fields, read_fields
from aios.processes.process import Process
from assets.steps import process_chain

INCOMING_INVOICE_PROCESS = Process(INCOMING_INVOICE)


@INCOMING_INVOICE_PROCESS.step()
def invoice(step: StepContext) -> IncomingFile:
    """The file with the invoice, and the message that it came with."""
    came = step.trigger.payload
    assert isinstance(came, InvoiceReceived), step.trigger.type
    names = ("name", "blob", "media_type", "channel", "sender", "subject", "text")
    return IncomingFile(**{name: getattr(came, name) for name in names}, received_on=step.trigger.at[:10])


@INCOMING_INVOICE_PROCESS.step()
def invoice_fields(step: StepContext, invoice: IncomingFile) -> InvoiceFields:
    """What the invoice says: its data where it carries any, else what rules find in its text."""
    fields = read_fields(_content(step, invoice))
    step.provenance["confidence"] = fields.confidence
    return fields


@INCOMING_INVOICE_PROCESS.step()
def invoice_checks(step: StepContext, invoice: IncomingFile, invoice_fields: InvoiceFields) -> InvoiceChecks:
    """What is wrong with it by the rules of EN 16931, by check digits, and by what its pages show."""
    official = step.kernel.policies.current().invoices.schematron
    return check_fields(_content(step, invoice), invoice_fields, official=official)


@INCOMING_INVOICE_PROCESS.step()
def invoice_match(
    step: StepContext, invoice: IncomingFile, invoice_fields: InvoiceFields, invoice_checks: InvoiceChecks
) -> InvoiceMatch:
    """Whose it is, whether it came before, and whether the account to pay to is the one we know."""
    return match(step, invoice, invoice_fields, invoice_checks)


@INCOMING_INVOICE_PROCESS.step()
def invoice_booking(
    step: StepContext,
    invoice: IncomingFile,
    invoice_fields: InvoiceFields,
    invoice_checks: InvoiceChecks,
    invoice_match: InvoiceMatch,
) -> InvoiceBooking:
    """Its entry in the books, once a rule allows it or the owner says that it is right."""
    return book(step, Examined(invoice, invoice_fields, invoice_checks, invoice_match))


@INCOMING_INVOICE_PROCESS.step()
def invoice_payment(
    step: StepContext,
    invoice: IncomingFile,
    invoice_fields: InvoiceFields,
    invoice_checks: InvoiceChecks,
    invoice_match: InvoiceMatch,
    invoice_booking: InvoiceBooking,
) -> InvoicePayment:
    """It is paid, once: a rule or the owner let the transfer go, or the owner has paid it by other ways."""
    return pay(step, Asked(invoice, invoice_fields, invoice_checks, invoice_match, invoice_booking))


def _content(step: StepContext, invoice: IncomingFile) -> bytes:
    with step.kernel.database.read() as connection:
        return blobs.get_bytes(connection, invoice.blob)


INCOMING_INVOICE_CHAIN = process_chain(INCOMING_INVOICE_PROCESS)
