"""The rules of EN 16931 about what an invoice must say, and in which codes."""

from collections.abc import Callable, Iterator
from datetime import date

from aios.invoices.codes import CREDIT_TYPES, DEBITS, INVOICE_TYPES, PAYMENT_MEANS, TRANSFERS
from aios.invoices.finding import Finding, error, warning
from aios.invoices.invoice import AllowanceCharge, Invoice, Line, Payment, Period

SHORT = ("minimum", "basicwl")
"""Profiles without lines."""

Found = Callable[..., Finding]


def check_presence(invoice: Invoice, *, legacy: bool = False) -> Iterator[Finding]:
    """What is missing or out of its list. In ZUGFeRD 1.0 (`legacy`) most of it was not asked for: a warning."""
    found = warning if legacy else error
    yield from _parties(invoice, found)
    if invoice.type not in INVOICE_TYPES | CREDIT_TYPES:
        yield error("BR-CL-01", f"The type {invoice.type} is no kind of invoice (UNTDID 1001).", term="BT-3")
    if not invoice.lines and not is_short(invoice):
        yield found("BR-16", "The invoice has no lines.", term="BG-25")
    if not invoice.taxes and not _minimum(invoice):
        yield found("BR-CO-18", "The invoice has no tax breakdown.", term="BG-23")
    if invoice.totals.payable > 0 and not invoice.credit and not (invoice.due or invoice.terms or _minimum(invoice)):
        yield found("BR-CO-25", "An amount is due, but neither a due date nor terms are given.", term="BT-9")
    for line in invoice.lines:
        yield from _line(line, found)
    for each in invoice.allowances:
        yield from _allowance(each, found)
    for payment in invoice.payments:
        yield from _payment(payment, found)
    yield from _times(invoice)


def is_short(invoice: Invoice) -> bool:
    """Whether its profile has no lines."""
    return invoice.profile.lower().rpartition(":")[2] in SHORT


def _minimum(invoice: Invoice) -> bool:
    return invoice.profile.lower().endswith("minimum")


def _parties(invoice: Invoice, found: Found) -> Iterator[Finding]:
    seller, buyer = invoice.seller, invoice.buyer
    if not seller.name:
        yield error("BR-06", "The seller has no name.", term="BT-27")
    if not buyer.name:
        yield error("BR-07", "The buyer has no name.", term="BT-44")
    if not seller.address.country:
        yield found("BR-09", "The seller's country is missing.", term="BT-40")
    if not buyer.address.country and not _minimum(invoice):
        yield found("BR-11", "The buyer's country is missing.", term="BT-55")
    if not (seller.vat_id or seller.ids or seller.legal_id or seller.tax_id):
        yield found("BR-CO-26", "The seller has no VAT id, registration or other number.", term="BT-31")
    for term, party in (("BT-31", seller), ("BT-48", buyer), ("BT-63", invoice.representative)):
        if party and party.vat_id and not party.vat_id[:2].isalpha():
            yield found("BR-CO-09", f"The VAT id {party.vat_id} does not begin with a country.", term=term)


def _line(line: Line, found: Found) -> Iterator[Finding]:
    for rule, term, value, what in (
        ("BR-21", "BT-126", line.id, "an id"),
        ("BR-22", "BT-129", line.quantity, "a quantity"),
        ("BR-23", "BT-130", line.unit, "a unit"),
        ("BR-25", "BT-153", line.name, "a name"),
        ("BR-26", "BT-146", line.price, "a price"),
        ("BR-CO-04", "BT-151", line.category, "a VAT category"),
    ):
        if not value:
            yield found(rule, f"Line {line.id} lacks {what}.", term=term)
    if line.price.startswith("-"):
        yield found("BR-27", f"The price of line {line.id} is negative; the quantity should be.", term="BT-146")
    if line.gross_price.startswith("-"):
        yield found("BR-28", f"The gross price of line {line.id} is negative.", term="BT-148")
    for each in line.allowances:
        if not (each.reason or each.reason_code):
            rule = "BR-44" if each.charge else "BR-42"
            yield found(rule, f"An allowance or charge of line {line.id} has no reason.", term="BT-139")


def _allowance(each: AllowanceCharge, found: Found) -> Iterator[Finding]:
    kind = "charge" if each.charge else "allowance"
    if not (each.reason or each.reason_code):
        yield found("BR-38" if each.charge else "BR-33", f"A document {kind} has no reason.", term="BT-97")
    if each.category is None:
        yield found("BR-37" if each.charge else "BR-32", f"A document {kind} has no VAT category.", term="BT-95")


def _payment(payment: Payment, found: Found) -> Iterator[Finding]:
    if payment.means not in PAYMENT_MEANS:
        yield found("BR-CL-16", f"{payment.means or 'Nothing'} is no payment means of UNTDID 4461.", term="BT-81")
    if payment.means in TRANSFERS and not payment.iban:
        yield found("BR-61", "A transfer is asked for, but no account is given.", term="BT-84")
    if payment.means in DEBITS and not payment.mandate:
        yield warning("PEPPOL-EN16931-R061", "A direct debit is announced without its mandate.", term="BT-89")


def _times(invoice: Invoice) -> Iterator[Finding]:
    if _backwards(invoice.period):
        yield error("BR-29", "The invoicing period ends before it begins.", term="BT-74")
    for line in invoice.lines:
        if _backwards(line.period):
            yield error("BR-30", f"The period of line {line.id} ends before it begins.", term="BT-135")
    if invoice.due and invoice.due < invoice.issued:
        yield warning("AIOS-DUE", f"It is due on {invoice.due}, before it was made out.", term="BT-9")
    if invoice.issued < date(1990, 1, 1):
        yield warning("AIOS-DATE", f"It is dated {invoice.issued}.", term="BT-2")


def _backwards(period: Period | None) -> bool:
    return bool(period and period.start and period.end and period.end < period.start)
