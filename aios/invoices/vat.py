"""The VAT rules of EN 16931 per category: rates, exemption reasons and the numbers that parties must name."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from aios.invoices.arithmetic import NAMES
from aios.invoices.codes import VatCategory
from aios.invoices.finding import Finding, error, warning
from aios.invoices.invoice import Invoice

C = VatCategory
WITHOUT_TAX = frozenset((C.ZERO, C.EXEMPT, C.REVERSE_CHARGE, C.INTRA_COMMUNITY, C.EXPORT, C.OUTSIDE_SCOPE))
REASONED = WITHOUT_TAX - {C.ZERO}
BOTH_NUMBERS = frozenset((C.REVERSE_CHARGE, C.INTRA_COMMUNITY))

Found = Callable[..., Finding]


def check_vat(invoice: Invoice, *, legacy: bool = False) -> Iterator[Finding]:
    """The rules of each category that the invoice uses."""
    found = warning if legacy else error
    used = {tax.category for tax in invoice.taxes}
    yield from _rates(invoice, found)
    yield from _breakdown(invoice, found)
    for category in sorted(used):
        yield from _numbers(invoice, category, found)
    if C.INTRA_COMMUNITY in used:
        yield from _shipped(invoice, found)
    if C.OUTSIDE_SCOPE in used and len(used) > 1:
        yield found("BR-O-11", "What is outside the scope of VAT may not stand beside other categories.", term="BT-118")
    if invoice.tax_currency and invoice.tax_currency != invoice.currency and invoice.totals.tax_accounting is None:
        yield found("BR-53", f"The tax in {invoice.tax_currency} is missing.", term="BT-111")


def rule(category: VatCategory, number: int) -> str:
    """A category's rule: `BR-AE-05`."""
    return f"BR-{NAMES.get(category, category.value)}-{number:02d}"


def _rates(invoice: Invoice, found: Found) -> Iterator[Finding]:
    for line in invoice.lines:
        if line.category is not None:
            yield from _rate(line.category, line.rate, 5, f"Line {line.id}", "BT-152", found)
    for each in invoice.allowances:
        if each.category is not None:
            number, what = (7, "A charge") if each.charge else (6, "An allowance")
            yield from _rate(each.category, each.rate, number, what, "BT-96", found)


def _rate(category: VatCategory, rate: str, number: int, what: str, term: str, found: Found) -> Iterator[Finding]:
    value = Decimal(rate or 0)
    if category is C.STANDARD and value <= 0:
        yield found(rule(category, number), f"{what} is taxed (S), but has no rate above zero.", term=term)
    elif category in WITHOUT_TAX and value != 0:
        yield found(rule(category, number), f"{what} is of category {category} and has a rate of {rate} %.", term=term)


def _breakdown(invoice: Invoice, found: Found) -> Iterator[Finding]:
    for tax in invoice.taxes:
        category, reason = tax.category, tax.reason or tax.reason_code
        if category in WITHOUT_TAX and tax.amount != 0:
            yield found(rule(category, 9), f"Category {category} carries no tax, but some is charged.", term="BT-117")
        if category in REASONED and not reason:
            yield found(rule(category, 10), f"Category {category} needs a reason of exemption.", term="BT-120")
        if category in (C.STANDARD, C.ZERO) and reason:
            yield warning(rule(category, 10), f"Category {category} has a reason of exemption.", term="BT-120")


def _numbers(invoice: Invoice, category: VatCategory, found: Found) -> Iterator[Finding]:
    """Rules 2 to 4 name the same numbers for lines, allowances and charges."""
    seller, buyer, representative = invoice.seller, invoice.buyer, invoice.representative
    named = seller.vat_id or (representative and representative.vat_id)
    enough = named or (seller.tax_id and category not in BOTH_NUMBERS | {C.EXPORT})
    if category is C.REVERSE_CHARGE:
        enough = named or seller.tax_id
    if category is not C.OUTSIDE_SCOPE and not enough:
        yield found(rule(category, 2), f"Category {category} needs the seller's VAT id.", term="BT-31")
    buyer_known = buyer.vat_id or (buyer.legal_id and category is C.REVERSE_CHARGE)
    if category in BOTH_NUMBERS and not buyer_known:
        yield found(rule(category, 2), f"Category {category} needs the buyer's VAT id.", term="BT-48")


def _shipped(invoice: Invoice, found: Found) -> Iterator[Finding]:
    if not (invoice.delivered or invoice.period):
        yield found("BR-IC-11", "An intra-community supply needs a delivery date or period.", term="BT-72")
    if not (invoice.deliver_to and invoice.deliver_to.country):
        yield found("BR-IC-12", "An intra-community supply needs the country it went to.", term="BT-80")
