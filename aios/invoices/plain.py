"""An invoice without data, such as a scan's text or an e-mail: what rules find in it, and where. Of low confidence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from aios.amounts import NUMBER, find_amounts, read_number
from aios.errors import InvalidInput
from aios.invoices.numbers import valid, valid_vat
from aios.money import to_minor

MOST = 50_000
"""Characters that are looked at."""

_NUMBER = re.compile(
    r"(?:Rechnungs?[- ]?(?:nummer|nr\.?)|Rechnung(?:\s+Nr\.?)?|Beleg(?:nummer|[- ]?nr\.?)|"
    r"Invoice\s*(?:number|no\.?|#|ID)?|"
    r"Facture\s*(?:n°|no\.?|numéro)?)[ \t]*[:#]?[ \t]*(?P<value>(?=[^\s]*\d)[A-Z0-9][\w/.-]{1,30}\w)",
    re.IGNORECASE,
)
_DAY = (
    r"(?P<value>\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4}"
    r"|\d{1,2}\.?\s+[A-Za-zäé]{3,9}\.?,?\s+\d{4}|[A-Z][a-z]{2,8}\s+\d{1,2},\s+\d{4})"
)
_ISSUED = re.compile(
    rf"(?:Rechnungsdatum|Belegdatum|Invoice\s*date|Date\s*of\s*issue|Datum|Date)\b[ \t]*:?\s{{0,3}}{_DAY}",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"(?:Fällig(?:keit)?(?:sdatum)?(?:\s+am)?|zahlbar\s+bis(?:\s+zum)?|bis\s+zum|Due(?:\s+date|\s+on|\s+by)?|Pay(?:able)?\s+by)"
    rf"\b[ \t]*:?\s{{0,3}}{_DAY}",
    re.IGNORECASE,
)
_TOTALS = {
    "gross": r"Gesamtbetrag|Rechnungsbetrag|Bruttobetrag|Zu zahlen(?:der Betrag)?|Zahlbetrag|Endbetrag|Summe brutto|"
    r"Amount due|Total due|Grand total|Balance due|Total(?: incl| amount)?|Gesamt|Summe|Montant TTC",
    "net": r"Nettobetrag|Summe netto|Netto|Zwischensumme|Subtotal|Net(?: amount| total)?|Total HT",
    "tax": r"(?:MwSt|USt|Mehrwertsteuer|Umsatzsteuer|VAT|TVA)(?!\.?[ -]?(?:Id|Nr|no|number|reg))",
}
_SUMS = {field: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for field, words in _TOTALS.items()}
_BASIS = r"(?:auf|on|von|of)\s+\S?\s?"
_MONEY = re.compile(
    rf"(?P<basis>{_BASIS})?(?P<before>[€$£]\s?|(?:EUR|USD|GBP|CHF)\s)?(?<![\w.,])(?P<value>{NUMBER})(?![\w]|\s?%)"
    r"(?P<after>\s?[€$£]|\s?(?:EUR|USD|GBP|CHF|Euro)\b)?"
)
_CENTS = re.compile(r"[.,]\d{2}$")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?\b")
_BIC = re.compile(r"\b(?:BIC|SWIFT)(?:[ \t-]*code)?[ \t]*:?[ \t]*(?P<value>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b")
_VAT = re.compile(
    r"\b(?:ATU\d{8}|DE ?\d{3} ?\d{3} ?\d{3}|FR ?[A-Z0-9]{2} ?\d{9}|NL\d{9}B\d\d|(?:BE|BG|CY|CZ|DK|EE|EL|ES|FI|HR|HU|IE|"
    r"IT|LT|LU|LV|MT|PL|PT|RO|SE|SI|SK)[A-Z0-9]{8,12})\b"
)
_SUPPLIER = re.compile(
    r"^[^\n]{0,60}?(?P<value>[^\n,|·]{2,60}?\s(?:GmbH(?: & Co\.? KG)?|AG|UG(?: \(haftungsbeschränkt\))?|e\.K\.|KG|OHG|"
    r"Ltd\.?|"
    r"Limited|LLC|Inc\.?|SAS|SARL|B\.V\.|AS|ApS|S\.r\.l\.))(?=\W|$)",
    re.MULTILINE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan januar january;feb februar february;mär mrz märz mar march;apr april;mai may;jun juni june;jul juli july;"
        "aug august;sep sept september;okt oct oktober october;nov november;dez dec dezember december".split(";"),
        start=1,
    )
    for name in names.split()
}


@dataclass(frozen=True)
class Found:
    """A value of the text, the words it was taken from, and where they begin (a character, and its line from 1)."""

    value: str
    words: str
    at: int
    line: int


@dataclass(frozen=True)
class PlainInvoice:
    """What rules found. Each may be missing or wrong: it is a proposal for a person, or a model, to check."""

    number: Found | None = None
    issued: Found | None = None
    due: Found | None = None
    supplier: Found | None = None
    vat_ids: tuple[Found, ...] = ()
    ibans: tuple[Found, ...] = ()
    bic: Found | None = None
    currency: Found | None = None
    net: Found | None = None
    tax: Found | None = None
    gross: Found | None = None
    """Sums as minor units, in digits."""
    confidence: float = 0.0
    """From 0 to 0.6: more only where the figures confirm each other, and never as much as data."""


def read_plain(text: str) -> PlainInvoice:
    """What an invoice's text says. `InvalidInput` where it names no sum, so is none."""
    said = text[:MOST]
    currency = _currency(said)
    unit = currency.value if currency else "EUR"
    sums = {field: _sum(pattern, said, unit, last=field == "gross") for field, pattern in _SUMS.items()}
    if sums["gross"] is None:
        raise InvalidInput("The text names no total.", "Enter the invoice by hand, or ask for it as XML or PDF.")
    found = PlainInvoice(
        number=_first(_NUMBER, said),
        issued=_date(_ISSUED, said),
        due=_date(_DUE, said),
        supplier=_first(_SUPPLIER, said),
        vat_ids=tuple(each for each in _all(_VAT, said) if valid_vat(each.value)),
        ibans=tuple(each for each in _all(_IBAN, said) if valid("iban", each.value)),
        bic=_first(_BIC, said),
        currency=currency,
        net=sums["net"],
        tax=sums["tax"],
        gross=sums["gross"],
    )
    return replace(found, confidence=_confidence(found))


def _confidence(found: PlainInvoice) -> float:
    named = (found.number, found.issued, found.supplier, found.vat_ids, found.ibans, found.gross)
    share = sum(1 for each in named if each) / len(named)
    agree = bool(found.net and found.tax and found.gross) and (
        int(_value(found.net)) + int(_value(found.tax)) == int(_value(found.gross))
    )
    return round(share * (0.6 if agree else 0.4), 2)


def _value(found: Found | None) -> str:
    return found.value if found else "0"


def _found(text: str, value: str, start: int, end: int) -> Found:
    return Found(value, " ".join(text[start:end].split()), start, text.count("\n", 0, start) + 1)


def _first(pattern: re.Pattern[str], text: str) -> Found | None:
    match = pattern.search(text)
    return _found(text, " ".join(match["value"].split()), match.start(), match.end()) if match else None


def _all(pattern: re.Pattern[str], text: str) -> Iterator[Found]:
    seen: set[str] = set()
    for match in pattern.finditer(text):
        value = re.sub(r"\s", "", match[0])
        if value not in seen:
            seen.add(value)
            yield _found(text, value, match.start(), match.end())


def _date(pattern: re.Pattern[str], text: str) -> Found | None:
    for match in pattern.finditer(text):
        if day := read_day(match["value"]):
            return _found(text, day.isoformat(), match.start(), match.end())
    return None


def read_day(text: str) -> date | None:
    """A day as people write it in German and English; `None` where it is none, or could be two."""
    parts = [part for part in re.split(r"[\s.,/-]+", text) if part]
    if len(parts) != 3:
        return None
    if not parts[0].isdigit():
        parts = [parts[1], parts[0], parts[2]]
    day, month, year = (parts[2], parts[1], parts[0]) if len(parts[0]) == 4 else parts
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    if "/" in text and int(day) <= 12 and number <= 12 and int(day) != number:
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
    except ValueError:
        return None


def _sum(label: re.Pattern[str], text: str, currency: str, *, last: bool) -> Found | None:
    """The money beside or below a label. Of several totals the last counts: subtotals come before."""
    found = [each for match in label.finditer(text) if (each := _beside(match, text, currency))]
    return found[-1 if last else 0] if found else None


def _beside(label: re.Match[str], text: str, currency: str) -> Found | None:
    end = _line_end(text, label.end())
    beside, below = _money(text, label.end(), end), _money(text, end + 1, _line_end(text, end + 1))
    money = beside[-1] if beside else below[0] if below else None
    if money is None:
        return None
    minor = to_minor(read_number(money["value"]), currency)
    return _found(text, str(minor), label.start(), money.end())


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _money(text: str, start: int, end: int) -> list[re.Match[str]]:
    """Numbers with cents or a currency; not the sum on which a tax is computed."""
    return [
        match
        for match in _MONEY.finditer(text, start, max(start, end))
        if not match["basis"] and (match["before"] or match["after"] or _CENTS.search(match["value"]))
    ]


def _currency(text: str) -> Found | None:
    amounts = find_amounts(text)
    if not amounts:
        return None
    names = [amount.currency for amount in amounts]
    most = max(dict.fromkeys(names), key=names.count)
    first = next(amount for amount in amounts if amount.currency == most)
    return _found(text, most, first.start, first.end)
