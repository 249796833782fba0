"""The rules of EN 16931 about sums: each figure is computed again from those it rests on."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from aios.invoices.codes import VatCategory
from aios.invoices.finding import Finding, error, warning
from aios.invoices.invoice import Invoice, Line
from aios.invoices.sums import bases, line_net, tax_of
from aios.money import Money, digits

NAMES = {
    VatCategory.INTRA_COMMUNITY: "IC",
    VatCategory.CANARIES: "AF",
    VatCategory.CEUTA_MELILLA: "AG",
}
"""What the rules call a category, where it is not its code."""

Found = Callable[..., Finding]


def check_sums(invoice: Invoice, *, legacy: bool = False) -> Iterator[Finding]:
    """BR-CO-10 to BR-CO-17, the bases per rate, and each line's own sum. In ZUGFeRD 1.0 (`legacy`) lines were often
    with tax: what does not follow from them is a warning.
    """
    yield from _lines(invoice)
    yield from _from_lines(invoice, warning if legacy else error)
    yield from _document(invoice)
    yield from _taxes(invoice)


def _lines(invoice: Invoice) -> Iterator[Finding]:
    for line in invoice.lines:
        if line.quantity and line.price:
            yield from _line(invoice, line)


def _line(invoice: Invoice, line: Line) -> Iterator[Finding]:
    computed = line_net(line, invoice.currency)
    if computed != line.net:
        said = f"Line {line.id} says {_money(invoice, line.net)}, but quantity times price makes "
        yield warning("PEPPOL-EN16931-R120", f"{said}{_money(invoice, computed)}.", term="BT-131")


def _from_lines(invoice: Invoice, found: Found) -> Iterator[Finding]:
    if not invoice.lines:
        return
    if invoice.totals.lines is not None:
        total = sum(line.net for line in invoice.lines)
        yield from _equal(invoice, "BR-CO-10", "BT-106", invoice.totals.lines, total, found)
    yield from _bases(invoice, found)


def _document(invoice: Invoice) -> Iterator[Finding]:
    totals = invoice.totals
    for rule, term, said, charge in (
        ("BR-CO-11", "BT-107", totals.allowances, False),
        ("BR-CO-12", "BT-108", totals.charges, True),
    ):
        amounts = [each.amount for each in invoice.allowances if each.charge is charge]
        if (amounts or said) and (invoice.lines or amounts):
            yield from _equal(invoice, rule, term, said or 0, sum(amounts))
    if totals.lines is not None:
        net = totals.lines - (totals.allowances or 0) + (totals.charges or 0)
        yield from _equal(invoice, "BR-CO-13", "BT-109", totals.net, net)
    if invoice.taxes and totals.tax is not None:
        yield from _equal(invoice, "BR-CO-14", "BT-110", totals.tax, sum(tax.amount for tax in invoice.taxes))
    yield from _equal(invoice, "BR-CO-15", "BT-112", totals.gross, totals.net + (totals.tax or 0))
    payable = totals.gross - (totals.prepaid or 0) + (totals.rounding or 0)
    if not _short(invoice):
        yield from _equal(invoice, "BR-CO-16", "BT-115", totals.payable, payable)


def _taxes(invoice: Invoice) -> Iterator[Finding]:
    """The standard's own check lets one unit of currency pass; one minor unit is rounding, more is looked at."""
    for tax in invoice.taxes:
        computed = tax_of(tax.basis, Decimal(tax.rate or 0))
        gap = abs(computed - tax.amount)
        if gap <= 1:
            continue
        sentence = (
            f"{tax.rate or 0} % of {_money(invoice, tax.basis)} are {_money(invoice, computed)}, "
            f"but the invoice says {_money(invoice, tax.amount)}."
        )
        yield (error if gap >= _unit(invoice) else warning)("BR-CO-17", sentence, term="BT-117")


def _bases(invoice: Invoice, found: Found) -> Iterator[Finding]:
    computed = bases(invoice)
    said: dict[tuple[VatCategory, Decimal], int] = {}
    for tax in invoice.taxes:
        key = (tax.category, Decimal(tax.rate or 0))
        said[key] = said.get(key, 0) + tax.basis
    for key in {**computed, **said}:
        gap = abs(computed.get(key, 0) - said.get(key, 0))
        if gap <= 1 and key in said:
            continue
        name = NAMES.get(key[0], key[0].value)
        sentence = (
            f"The lines at {key[1]:f} % ({key[0].value}) add up to {_money(invoice, computed.get(key, 0))}, "
            f"but the tax breakdown says {_money(invoice, said.get(key, 0))}."
        )
        serious = gap >= _unit(invoice) or key not in said
        yield (found if serious else warning)(f"BR-{name}-08", sentence, term="BT-116")


def _equal(invoice: Invoice, rule: str, term: str, said: int, computed: int, found: Found = error) -> Iterator[Finding]:
    if said != computed:
        sentence = f"{term} is {_money(invoice, said)}, but its parts make {_money(invoice, computed)}."
        yield found(rule, sentence, term=term)


def _short(invoice: Invoice) -> bool:
    """MINIMUM says what is payable, and not what was prepaid."""
    return not invoice.lines and not invoice.taxes


def _unit(invoice: Invoice) -> int:
    return int(10 ** digits(invoice.currency))


def _money(invoice: Invoice, minor: int) -> str:
    return str(Money(minor, invoice.currency))
