"""What a person sees on an invoice's pages beside what its XML says: a difference may be a fraud or a mistake."""

import re
from collections.abc import Iterator

from aios.amounts import NUMBER, read_number
from aios.invoices.finding import Finding, warning
from aios.invoices.invoice import Invoice
from aios.money import Money, to_minor

LOOK = "Compare the pages with the data before you pay."
_SPACE = re.compile(r"\s+")
_AMOUNT = re.compile(NUMBER)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")


def differences(invoice: Invoice, text: str) -> tuple[Finding, ...]:
    """What the XML says and the pages do not show. A scan without text shows nothing: one finding."""
    if not text.strip():
        sentence = "The pages hold no text to compare the data with."
        return (warning("AIOS-PDF-SCAN", sentence, LOOK),)
    return tuple(_differences(invoice, text))


def _differences(invoice: Invoice, text: str) -> Iterator[Finding]:
    tight = _SPACE.sub("", text)
    if _SPACE.sub("", invoice.number) not in tight:
        yield _missing(f"The number {invoice.number}", "BT-1")
    shown = amounts_shown(text, invoice.currency)
    for term, name, minor in (
        ("BT-112", "The total", invoice.totals.gross),
        ("BT-115", "The amount due", invoice.totals.payable),
    ):
        if minor and abs(minor) not in shown:
            yield _missing(f"{name} {Money(minor, invoice.currency)}", term)
    yield from _accounts(invoice, text, tight)


def _accounts(invoice: Invoice, text: str, tight: str) -> Iterator[Finding]:
    from aios.invoices.numbers import valid

    told = {payment.iban for payment in invoice.payments if payment.iban}
    for iban in sorted(told):
        if iban not in tight:
            yield _missing(f"The account {iban}", "BT-84")
    shown = {_SPACE.sub("", match) for match in _IBAN.findall(text)}
    for iban in sorted(shown - told):
        if told and valid("iban", iban):
            sentence = f"The pages name the account {iban}, which the data do not."
            yield warning("AIOS-PDF-DIFF", sentence, LOOK, "BT-84")


def amounts_shown(text: str, currency: str) -> set[int]:
    """Every number of the text as minor units."""
    return {to_minor(read_number(match), currency) for match in _AMOUNT.findall(text)}


def _missing(what: str, term: str) -> Finding:
    return warning("AIOS-PDF-DIFF", f"{what} is in the data and not on the pages.", LOOK, term)
