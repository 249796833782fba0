"""An invoice as the page that a person receives: letterhead, lines, totals per rate, how to pay."""

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from aios.invoices import wording
from aios.invoices.giro import giro_code
from aios.invoices.invoice import AllowanceCharge, Invoice, Line, Payment
from aios.invoices.paper import (
    BOTTOM,
    FAINT,
    INK,
    PADDING,
    RULE,
    SIDE,
    TOP,
    WIDTH,
    gap,
    lab,
    table,
    text,
    use_fonts,
)
from aios.invoices.party import Address, Party
from aios.invoices.wording import Language, amount, word


def draw_page(invoice: Invoice, language: Language = "de") -> bytes:
    """The PDF of the invoice's pages, with embedded fonts."""
    use_fonts()
    buffer = io.BytesIO()
    template = lab("platypus").SimpleDocTemplate(
        buffer,
        pagesize=(595.27, 841.89),
        leftMargin=SIDE - PADDING,
        rightMargin=SIDE - PADDING,
        topMargin=TOP,
        bottomMargin=BOTTOM,
        title=f"{_kind(invoice, language)} {invoice.number}",
        author=invoice.seller.name,
        lang=language,
        invariant=1,
        initialFontName="Text",
    )
    frame = _frame(invoice, language)
    template.build(list(_story(invoice, language)), onFirstPage=frame, onLaterPages=frame)
    return buffer.getvalue()


def _kind(invoice: Invoice, language: Language) -> str:
    return word("credit" if invoice.credit else "invoice", language)


def _story(invoice: Invoice, language: Language) -> Iterator[Any]:
    yield _head(invoice, language)
    yield gap(18)
    yield text(f"{_kind(invoice, language)} {invoice.number}", size=16, bold=True)
    yield gap(10)
    for note in invoice.notes:
        yield text(note.text)
        yield gap(6)
    yield _lines(invoice, language)
    yield gap(8)
    yield _totals(invoice, language)
    for tax in invoice.taxes:
        if tax.reason:
            yield text(tax.reason, color=FAINT)
    yield gap(16)
    if invoice.terms:
        yield text(invoice.terms)
        yield gap(8)
    yield from _payment(invoice, language)


def _head(invoice: Invoice, language: Language) -> Any:
    """The buyer's address as an envelope's window shows it, and what identifies the invoice beside it."""
    buyer = [text(_sender(invoice.seller), size=6.5, color=FAINT), gap(4)]
    buyer += [text(line, size=9.5) for line in (invoice.buyer.name, *_address(invoice.buyer.address))]
    facts = [
        [text(word(name, language), color=FAINT), text(value, right=True)] for name, value in _facts(invoice, language)
    ]
    return table([[buyer, table(facts, [86, 118])]], [WIDTH - 210, 210])


def _facts(invoice: Invoice, language: Language) -> Iterator[tuple[str, str]]:
    yield "number", invoice.number
    yield "date", wording.day(invoice.issued, language)
    if invoice.due and not invoice.credit:
        yield "due", wording.day(invoice.due, language)
    if invoice.delivered:
        yield "delivered", wording.day(invoice.delivered, language)
    if invoice.period and invoice.period.start and invoice.period.end:
        days = (wording.day(each, language) for each in (invoice.period.start, invoice.period.end))
        yield "period", " – ".join(days)
    for name, value in (
        ("preceding", ", ".join(each.number for each in invoice.preceding)),
        ("order", invoice.order),
        ("buyer_reference", invoice.buyer_reference),
        ("your_vat", invoice.buyer.vat_id),
    ):
        if value:
            yield name, value


def _sender(seller: Party) -> str:
    return " · ".join((seller.name, *_address(seller.address)))


def _address(address: Address) -> list[str]:
    town = f"{address.postcode} {address.city}".strip()
    return [part for part in (address.street, address.addition, address.third, town, address.country) if part]


def _lines(invoice: Invoice, language: Language) -> Any:
    names = ("item", "quantity", "price", "tax", "amount")
    head = [text(word(name, language), color=FAINT, right=name != "item") for name in names]
    rows = [head]
    for line in invoice.lines:
        rows.append(_line(invoice, line, language))
        rows += [_reduction(invoice, each, language, "") for each in line.allowances]
    rows += [_reduction(invoice, each, language, _rate(each.rate, language)) for each in invoice.allowances]
    rules = [("LINEBELOW", (0, 0), (-1, 0), 0.8, INK), ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE)]
    return table(rows, [WIDTH - 278, 72, 80, 44, 82], *rules, repeat=1)


def _line(invoice: Invoice, line: Line, language: Language) -> list[Any]:
    item = [text(line.name)]
    item += [text(said, size=7.5, color=FAINT) for said in (line.description, line.note) if said]
    quantity = f"{wording.number(Decimal(line.quantity), language)} {wording.unit(line.unit, language)}"
    price = wording.price(line.price, invoice.currency, language) if line.price else ""
    price += f" / {line.price_quantity}" if line.price_quantity != "1" else ""
    figures = (quantity, price, _rate(line.rate, language), amount(_gross(line), invoice.currency, language))
    return [item, *(text(figure, right=True) for figure in figures)]


def _gross(line: Line) -> int:
    from aios.invoices.sums import balance

    return line.net - balance(line.allowances)


def _reduction(invoice: Invoice, each: AllowanceCharge, language: Language, rate: str) -> list[Any]:
    said = each.reason or word("addition" if each.charge else "reduction", language)
    figure = amount(each.amount if each.charge else -each.amount, invoice.currency, language)
    return [text(said, color=FAINT), "", "", text(rate, right=True), text(figure, right=True)]


def _rate(rate: str, language: Language) -> str:
    return f"{wording.number(Decimal(rate), language)} %" if rate else "–"


def _totals(invoice: Invoice, language: Language) -> Any:
    totals = invoice.totals
    rows: list[tuple[str, int]] = [(word("net", language), totals.net)]
    for tax in invoice.taxes:
        basis = amount(tax.basis, invoice.currency, language)
        rows.append((f"{word('tax', language)} {_rate(tax.rate, language)} {word('on', language)} {basis}", tax.amount))
    rows.append((word("gross", language), totals.gross))
    if totals.prepaid:
        rows.append((word("prepaid", language), -totals.prepaid))
    if totals.rounding:
        rows.append((word("rounding", language), totals.rounding))
    cells = [[text(name, color=FAINT), text(amount(m, invoice.currency, language), right=True)] for name, m in rows]
    last = word("credited" if invoice.credit else "payable", language)
    payable = amount(totals.payable, invoice.currency, language)
    cells.append([text(last, size=11, bold=True), text(payable, size=11, bold=True, right=True)])
    rule = ("LINEABOVE", (0, -1), (-1, -1), 0.8, INK)
    inner = table(cells, [147, 107], rule, ("TOPPADDING", (0, -1), (-1, -1), 6))
    return lab("platypus").KeepTogether([table([["", inner]], [WIDTH - 260, 260])])


def _payment(invoice: Invoice, language: Language) -> Iterator[Any]:
    for payment in invoice.payments:
        if payment.mandate:
            yield text(f"{word('debit', language)} {payment.mandate}.")
        elif payment.iban and not invoice.credit and invoice.totals.payable > 0:
            yield _transfer(invoice, payment, language)


def _transfer(invoice: Invoice, payment: Payment, language: Language) -> Any:
    payable = amount(invoice.totals.payable, invoice.currency, language)
    by = f" {word('by', language)} {wording.day(invoice.due, language)}" if invoice.due else ""
    facts = (
        (word("holder", language), payment.account_name or (invoice.payee or invoice.seller).name),
        ("IBAN", " ".join(payment.iban[at : at + 4] for at in range(0, len(payment.iban), 4))),
        ("BIC", payment.bic),
        (word("use", language), invoice.payment_reference or invoice.number),
    )
    rows = [[text(name, color=FAINT), text(value)] for name, value in facts if value]
    told = [text(f"{word('pay', language)} {payable}{by}.", bold=True), gap(4), table(rows, [92, WIDTH - 212])]
    code = giro_code(invoice)
    beside = [_qr(code), text(word("scan", language), size=6.5, color=FAINT)] if code else ""
    return lab("platypus").KeepTogether([table([[told, beside]], [WIDTH - 110, 110])])


def _qr(code: str) -> Any:
    widget = lab("graphics.barcode.qr").QrCodeWidget(code, barLevel="M", barBorder=0)
    x0, y0, x1, y1 = widget.getBounds()
    side = 92.0
    drawing = lab("graphics.shapes").Drawing(
        side, side, initialFontName="Text", transform=[side / (x1 - x0), 0, 0, side / (y1 - y0), 0, 0]
    )
    drawing.add(widget)
    return drawing


def _frame(invoice: Invoice, language: Language) -> Any:
    """Letterhead above, the seller's numbers below, on every page."""
    seller = invoice.seller
    contact = " · ".join(part for part in (seller.contact.phone, seller.contact.email) if part)
    numbers = [(word("vat", language), seller.vat_id), (word("tax_id", language), seller.tax_id)]
    numbers += [(word("register", language), seller.legal_id.value if seller.legal_id else "")]
    known = " · ".join(f"{name} {value}" for name, value in numbers if value)

    def draw(canvas: Any, template: Any) -> None:
        colors = lab("lib.colors").HexColor
        canvas.saveState()
        canvas.setFillColor(colors(INK))
        canvas.setFont("Bold", 14)
        canvas.drawString(SIDE, 841.89 - 60, (seller.trading_name or seller.name)[:48])
        canvas.setFillColor(colors(FAINT))
        canvas.setFont("Text", 7.5)
        canvas.drawString(SIDE, 841.89 - 74, contact[:110])
        canvas.setStrokeColor(colors(RULE))
        canvas.line(SIDE, BOTTOM - 14, SIDE + WIDTH, BOTTOM - 14)
        canvas.setFont("Text", 6.5)
        canvas.drawString(SIDE, BOTTOM - 26, _sender(seller)[:130])
        canvas.drawString(SIDE, BOTTOM - 36, known[:130])
        canvas.drawRightString(SIDE + WIDTH, BOTTOM - 36, f"{word('page', language)} {template.page}")
        canvas.restoreState()

    return draw
