"""What an invoice's pages say around the figures, in German and English, with dates and numbers as written there."""

from datetime import date
from decimal import Decimal
from typing import Literal

from aios.money import digits, to_decimal

Language = Literal["de", "en"]

WORDS: dict[str, tuple[str, str]] = {
    "invoice": ("Rechnung", "Invoice"),
    "credit": ("Gutschrift", "Credit note"),
    "number": ("Nummer", "Number"),
    "date": ("Datum", "Date"),
    "due": ("Fällig am", "Due on"),
    "order": ("Ihre Bestellung", "Your order"),
    "buyer_reference": ("Ihre Referenz", "Your reference"),
    "delivered": ("Leistungsdatum", "Delivered on"),
    "period": ("Leistungszeitraum", "Period"),
    "your_vat": ("Ihre USt-IdNr.", "Your VAT id"),
    "preceding": ("Zu Rechnung", "For invoice"),
    "item": ("Leistung", "Description"),
    "quantity": ("Menge", "Quantity"),
    "price": ("Einzelpreis", "Unit price"),
    "tax": ("USt.", "VAT"),
    "amount": ("Betrag", "Amount"),
    "lines": ("Summe der Positionen", "Sum of lines"),
    "net": ("Nettobetrag", "Net amount"),
    "on": ("auf", "on"),
    "gross": ("Gesamtbetrag", "Total"),
    "prepaid": ("Bereits bezahlt", "Already paid"),
    "rounding": ("Rundung", "Rounding"),
    "payable": ("Zu zahlen", "Amount due"),
    "credited": ("Gutgeschrieben", "Amount credited"),
    "pay": ("Bitte überweisen Sie", "Please transfer"),
    "by": ("bis zum", "by"),
    "holder": ("Empfänger", "Payee"),
    "use": ("Verwendungszweck", "Reference"),
    "debit": ("Wir ziehen den Betrag ein. Mandat", "We collect the amount. Mandate"),
    "scan": ("Mit der Bank-App bezahlen", "Pay with your banking app"),
    "vat": ("USt-IdNr.", "VAT id"),
    "tax_id": ("Steuernummer", "Tax number"),
    "register": ("Register", "Register"),
    "page": ("Seite", "Page"),
    "reduction": ("Nachlass", "Allowance"),
    "addition": ("Zuschlag", "Charge"),
}
UNITS = {
    "C62": ("Stk.", "pcs"),
    "H87": ("Stk.", "pcs"),
    "HUR": ("Std.", "h"),
    "DAY": ("Tage", "days"),
    "MON": ("Monate", "months"),
    "KGM": ("kg", "kg"),
    "LTR": ("l", "l"),
    "MTR": ("m", "m"),
    "KMT": ("km", "km"),
    "MTK": ("m²", "m²"),
    "LS": ("pauschal", "flat"),
}


def language_for(country: str) -> Language:
    """The language of an invoice to that country, by its ISO 3166 code; German where none is named."""
    return "de" if country.upper() in ("", "DE", "AT", "CH", "LI") else "en"


def word(name: str, language: Language) -> str:
    """The word in the language."""
    return WORDS[name][language == "en"]


def unit(code: str, language: Language) -> str:
    """A unit of UN/ECE Recommendation 20 as people say it; the code where it is a rare one."""
    return UNITS[code][language == "en"] if code in UNITS else code


def day(value: date, language: Language) -> str:
    """`25.11.2026` or `25 November 2026`."""
    return f"{value:%d.%m.%Y}" if language == "de" else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def number(value: Decimal, language: Language) -> str:
    """`1.234,50` or `1,234.50`."""
    text = f"{value:,f}"
    return text.translate(_GERMAN) if language == "de" else text


def amount(minor: int, currency: str, language: Language) -> str:
    """`1.234,50 €` or `€1,234.50`."""
    sign, value = ("−" if minor < 0 else ""), number(to_decimal(abs(minor), currency), language)
    mark = _MARKS.get(currency)
    if language == "en" and mark:
        return f"{sign}{mark}{value}"
    return f"{sign}{value} {mark or currency}"


def price(text: str, currency: str, language: Language) -> str:
    """A unit price with at least the decimals of the currency."""
    value = Decimal(text)
    places = max(digits(currency), -int(value.as_tuple().exponent))
    return number(value.quantize(Decimal(1).scaleb(-places)), language)


_GERMAN = str.maketrans(",.", ".,")
_MARKS = {"EUR": "€", "USD": "$", "GBP": "£"}
_MONTHS = "January February March April May June July August September October November December".split()
