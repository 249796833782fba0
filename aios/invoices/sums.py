"""The arithmetic of an invoice, in one place: what lines, allowances and rates add up to, rounded half up."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from aios.invoices.codes import VatCategory
from aios.invoices.invoice import AllowanceCharge, Invoice, Line, Tax, Totals
from aios.money import to_minor

Rate = tuple[VatCategory, Decimal]


def line_net(line: Line, currency: str) -> int:
    """BT-131: quantity times price per price quantity, and the line's charges and allowances."""
    per = Decimal(line.price_quantity or 1) or Decimal(1)
    gross = Decimal(line.quantity) * Decimal(line.price) / per
    return to_minor(gross, currency) + balance(line.allowances)


def balance(allowances: Iterable[AllowanceCharge]) -> int:
    """Charges less allowances."""
    return sum(each.amount if each.charge else -each.amount for each in allowances)


def tax_of(basis: int, rate: Decimal) -> int:
    """BR-CO-17: the tax on a basis, both in minor units; the rate is in percent."""
    return to_minor(Decimal(basis) * rate / 100, "JPY")


def bases(invoice: Invoice) -> dict[Rate, int]:
    """BT-116 by category and rate: the lines' sums, charges added and allowances taken off."""
    found: dict[Rate, int] = {}
    for line in invoice.lines:
        if line.category is not None:
            key = (line.category, Decimal(line.rate or 0))
            found[key] = found.get(key, 0) + line.net
    for each in invoice.allowances:
        if each.category is not None:
            key = (each.category, Decimal(each.rate or 0))
            found[key] = found.get(key, 0) + balance((each,))
    return found


def summed(invoice: Invoice) -> Invoice:
    """The invoice with line sums, tax breakdown and totals that follow from lines, allowances, charges and what was
    prepaid or is rounded. Reasons of exemption are kept.
    """
    lines = tuple(replace(line, net=line_net(line, invoice.currency)) for line in invoice.lines)
    draft = replace(invoice, lines=lines)
    reasons = {tax.category: (tax.reason, tax.reason_code) for tax in invoice.taxes}
    taxes = tuple(
        Tax(category, _rate(category, rate), basis, tax_of(basis, rate), *reasons.get(category, ("", "")))
        for (category, rate), basis in bases(draft).items()
    )
    return replace(draft, taxes=taxes, totals=_totals(draft, taxes))


def _rate(category: VatCategory, rate: Decimal) -> str:
    from aios.invoices.reading import shortest

    return "" if category is VatCategory.OUTSIDE_SCOPE else shortest(rate)


def _totals(invoice: Invoice, taxes: tuple[Tax, ...]) -> Totals:
    allowances = sum(each.amount for each in invoice.allowances if not each.charge)
    charges = sum(each.amount for each in invoice.allowances if each.charge)
    lines, tax = sum(line.net for line in invoice.lines), sum(each.amount for each in taxes)
    net = lines - allowances + charges
    before = invoice.totals
    return replace(
        before,
        lines=lines,
        allowances=allowances if any(not each.charge for each in invoice.allowances) else None,
        charges=charges if any(each.charge for each in invoice.allowances) else None,
        net=net,
        tax=tax,
        gross=net + tax,
        payable=net + tax - (before.prepaid or 0) + (before.rounding or 0),
    )
