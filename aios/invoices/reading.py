"""Reading values out of an invoice's XML: dates, sums and numbers, with a finding for each that is not right."""

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from aios.errors import InvalidInput
from aios.invoices.codes import VatCategory
from aios.invoices.finding import Finding, error, warning
from aios.invoices.invoice import Invoice
from aios.invoices.xml import Node
from aios.money import digits, to_minor

CORRECT = "Ask the seller for a corrected invoice."
_PLAIN = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Reading:
    """What a file said: the invoice, and what was found while reading it. `source` is its format."""

    invoice: Invoice
    source: str
    findings: tuple[Finding, ...] = ()
    xml: bytes = b""
    """The XML that was read; empty for plain text."""


@dataclass
class Values:
    """Turns texts of one document into values; collects findings."""

    currency: str
    findings: list[Finding] = field(default_factory=list[Finding])

    def amount(self, text: str, term: str, currency: str = "") -> int | None:
        """Minor units of the currency; `None` for an empty text."""
        if not text:
            return None
        value, unit = number(text, term), currency or self.currency
        minor = to_minor(value, unit)
        if value.scaleb(digits(unit)) != minor:
            sentence = f"{term} is {text}, which has more decimals than {unit} has."
            self.findings.append(warning("BR-DEC", sentence, "It was rounded to the nearest amount.", term))
        return minor

    def sum(self, text: str, term: str, rule: str) -> int:
        """An amount that must be there."""
        minor = self.amount(text, term)
        if minor is None:
            raise missing(rule, term)
        return minor

    def category(self, text: str, term: str) -> VatCategory | None:
        """The VAT category, where it is a known one."""
        if not text:
            return None
        try:
            return VatCategory(text)
        except ValueError:
            self.findings.append(error("BR-CL-17", f"{term} {text} is no VAT category of EN 16931.", CORRECT, term))
            return None


def currency_of(text: str) -> str:
    """The ISO 4217 code of BT-5."""
    if not text:
        raise missing("BR-05", "the currency (BT-5)")
    if not _CURRENCY.fullmatch(text):
        raise InvalidInput(f"BR-CL-04: the currency {text[:20]!r} is no ISO 4217 code.", CORRECT)
    return text


def number(text: str, term: str) -> Decimal:
    """A decimal number as XML Schema writes it."""
    if not _PLAIN.fullmatch(text):
        raise InvalidInput(f"{term} is {text[:40]!r}, which is no decimal number.", CORRECT)
    return Decimal(text)


def decimal(text: str, term: str) -> str:
    """A number as the shortest decimal string; empty for an empty text."""
    return shortest(number(text, term)) if text else ""


def shortest(value: Decimal) -> str:
    """The value without zeros that say nothing: `1.50` is `1.5`, `100` stays."""
    plain = f"{value:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def day(text: str, term: str) -> date | None:
    """A date as `2026-11-25`, with or without a zone, or as `20261125`; `None` for an empty text."""
    if not text:
        return None
    digits_only = text[:10].replace("-", "") if "-" in text[:5] else text[:8]
    try:
        return date(int(digits_only[:4]), int(digits_only[4:6]), int(digits_only[6:8]))
    except (ValueError, InvalidOperation):
        raise InvalidInput(f"{term} is {text[:40]!r}, which is no date.", CORRECT) from None


def content(text: str, term: str) -> bytes:
    """What base64 text holds."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"{term} is no base64 text.", CORRECT) from None


def required(text: str, rule: str, term: str) -> str:
    """The text, which must be there."""
    if not text:
        raise missing(rule, term)
    return text


def missing(rule: str, term: str) -> InvalidInput:
    """The refusal of an invoice that lacks what the rule asks for."""
    return InvalidInput(f"{rule}: the invoice does not say {term}.", CORRECT)


def raw_text(node: Node | None) -> str:
    """The text of an element, however long."""
    return (node.element.text or "").strip() if node else ""
