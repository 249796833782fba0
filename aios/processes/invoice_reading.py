"""From an invoice's bytes to its fields, and to what is wrong with them: data where there are any, else the text."""

from aios.banking.decoding import decoded
from aios.invoices.checks import check
from aios.invoices.finding import Finding, error, warning
from aios.invoices.invoice import Invoice
from aios.invoices.party import Party
from aios.invoices.pdf import check_size, embedded, visible_text
from aios.invoices.plain import Found, PlainInvoice, read_plain
from aios.invoices.reader import read_invoice
from aios.invoices.reading import Reading
from aios.invoices.schematron import check_schematron
from aios.processes.invoice import (
    FindingOut,
    InvoiceChecks,
    InvoiceFields,
    LineFields,
    PartyFields,
    PayTo,
    TaxFields,
    found,
    taxes_of,
)
from aios.text import clean

LINES = 50
"""The most lines that are kept as fields; the file has them all."""

ASK = "Ask the supplier for it, or pay by hand."


def read_fields(data: bytes) -> InvoiceFields:
    """What the invoice says. `InvalidInput` where it cannot be read, or names no total."""
    text = _text_only(data)
    return _from_text(read_plain(text)) if text is not None else _from_data(read_invoice(data))


def check_fields(data: bytes, fields: InvoiceFields, *, official: bool) -> InvoiceChecks:
    """Every rule on the same bytes; `official` adds the Schematron of the format, which takes a second or more."""
    if fields.source == "text":
        return _checks(_text_findings(fields), official=False)
    reading = read_invoice(data)
    findings = list(check(reading))
    if official:
        findings += check_schematron(reading.xml)
    return _checks(findings, official=official)


def _checks(findings: list[Finding], *, official: bool) -> InvoiceChecks:
    told: tuple[FindingOut, ...] = found(findings)
    errors = sum(each.severity == "error" for each in told)
    return InvoiceChecks(findings=told, errors=errors, warnings=len(told) - errors, official=official)


def _text_only(data: bytes) -> str | None:
    """The text of a file that carries no data."""
    if data[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF"):
        check_size(data)
        return visible_text(data) if embedded(data)[0] is None else None
    head = data[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe\r\n\t ")
    return None if head.startswith(b"<") else decoded(data)


def _from_data(reading: Reading) -> InvoiceFields:
    invoice, totals = reading.invoice, reading.invoice.totals
    return InvoiceFields(
        source=reading.source,
        number=_line(invoice.number),
        issued=invoice.issued.isoformat(),
        due=invoice.due.isoformat() if invoice.due else "",
        currency=invoice.currency,
        credit=invoice.credit,
        supplier=_party(invoice.seller),
        buyer=_party(invoice.buyer),
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        payable=totals.payable,
        prepaid=totals.prepaid or 0,
        rounding=totals.rounding or 0,
        taxes=taxes_of(invoice.taxes),
        lines=tuple(
            LineFields(name=_line(each.name), quantity=each.quantity, unit=_line(each.unit, 20), net=each.net)
            for each in invoice.lines[:LINES]
        ),
        line_count=len(invoice.lines),
        pay_to=_ways(invoice),
        reference=_line(invoice.payment_reference),
        order=_line(invoice.order),
        contract=_line(invoice.contract),
        terms=clean(invoice.terms, 1000),
        confidence=1.0,
    )


def _ways(invoice: Invoice) -> tuple[PayTo, ...]:
    return tuple(
        PayTo(means=each.means, iban=_bare(each.iban), bic=_bare(each.bic)[:11], name=_line(each.account_name))
        for each in invoice.payments[:20]
    )


def _party(party: Party) -> PartyFields:
    place, contact = party.address, party.contact
    parts = (place.street, place.addition, f"{place.postcode} {place.city}".strip(), place.country)
    return PartyFields(
        name=_line(party.name or party.trading_name),
        vat_id=_bare(party.vat_id)[:40],
        address=_line(", ".join(part for part in parts if part), 400),
        email=_line(contact.email),
        phone=_line(contact.phone, 60),
    )


def _from_text(plain: PlainInvoice) -> InvoiceFields:
    gross = int(_value(plain.gross))
    net, tax = (int(each.value) if each else None for each in (plain.net, plain.tax))
    currency = _value(plain.currency) or "EUR"
    ibans = tuple(PayTo(iban=each.value, bic=_value(plain.bic)) for each in plain.ibans[:20])
    return InvoiceFields(
        source="text",
        number=_line(_value(plain.number)),
        issued=_value(plain.issued),
        due=_value(plain.due),
        currency=currency,
        credit=False,
        supplier=PartyFields(
            name=_line(_value(plain.supplier)), vat_id=plain.vat_ids[0].value if plain.vat_ids else ""
        ),
        buyer=PartyFields(),
        net=net,
        tax=tax,
        gross=gross,
        payable=gross,
        taxes=_deduced(net, tax, gross),
        pay_to=ibans,
        confidence=plain.confidence,
        said={name: _line(each.words) for name, each in _words(plain)},
    )


def _deduced(net: int | None, tax: int | None, gross: int) -> tuple[TaxFields, ...]:
    """One rate, where net and tax make the gross and a whole percentage."""
    if not net or tax is None or net + tax != gross:
        return ()
    rate = round(100 * tax / net)
    exact = abs(net * rate - 100 * tax) <= 100
    return (TaxFields(category="S", rate=str(rate), basis=net, amount=tax),) if exact and rate else ()


def _words(plain: PlainInvoice) -> list[tuple[str, Found]]:
    named = ("number", "issued", "due", "supplier", "currency", "net", "tax", "gross", "bic")
    single = [(name, each) for name in named if (each := getattr(plain, name))]
    return single + [("iban", each) for each in plain.ibans[:1]] + [("vat_id", each) for each in plain.vat_ids[:1]]


def _text_findings(fields: InvoiceFields) -> list[Finding]:
    said = [warning("AIOS-TEXT", "It carries no data; the figures were read from its text.", "Compare them by eye.")]
    for name, value, term in (
        ("number", fields.number, "BT-1"),
        ("date", fields.issued, "BT-2"),
        ("supplier", fields.supplier.name, "BT-27"),
    ):
        if not value:
            said.append(error("AIOS-TEXT-MISSING", f"The text names no {name}.", ASK, term))
    if fields.net is not None and fields.tax is not None and fields.net + fields.tax != fields.gross:
        sentence = "Net and tax in the text do not make its total."
        said.append(error("BR-CO-15", sentence, "Compare them by eye.", "BT-112"))
    if fields.tax and not fields.supplier.vat_id:
        sentence = "It charges tax, and names no VAT id."
        said.append(warning("AIOS-TEXT-MISSING", sentence, "Look for the tax number before you deduct.", "BT-31"))
    return said


def _value(found_: Found | None) -> str:
    return found_.value if found_ else ""


def _bare(text: str) -> str:
    return "".join(text.split()).upper()[:42]


def _line(text: str, most: int = 200) -> str:
    return " ".join(clean(text, 2000).split())[:most]
