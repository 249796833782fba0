"""Wording: figures of ours said again in the language of the reply, and the lead's name and form of address."""

import re
from decimal import Decimal

from aios.agents.grounding.figure import Figure
from aios.agents.grounding.reading import read
from aios.agents.qualifier.contract import Budget
from aios.money import to_decimal, to_minor

_BOUNDS = {
    "en": {"": "", "from": "from ", "about": "about ", "up to": "up to "},
    "de": {"": "", "from": "ab ", "about": "etwa ", "up to": "bis zu "},
}
_PER = {
    "en": {"hour": "hour", "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"},
    "de": {"hour": "Stunde", "day": "Tag", "week": "Woche", "month": "Monat", "quarter": "Quartal", "year": "Jahr"},
}
_SIZES = {
    "time": (
        (10_080, ("week", "weeks"), ("Woche", "Wochen")),
        (1440, ("day", "days"), ("Tag", "Tage")),
        (60, ("hour", "hours"), ("Stunde", "Stunden")),
    ),
    "business days": ((1, ("working day", "working days"), ("Arbeitstag", "Arbeitstage")),),
    "months": ((1, ("month", "months"), ("Monat", "Monate")),),
}
_INFORMAL = re.compile(
    r"\b(?:[Dd]u|[Dd]ir|[Dd]ich|[Dd]ein\w*|[Ee]uch|[Ee]uer|[Ee]ure\w*|habt ihr|könnt ihr|macht ihr|bietet ihr)\b"
)
_FORMAL = re.compile(r"\b(?:Sie|Ihnen|Ihre?[rnms]?)\b")
_NAME = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*\.?")


def amount_text(figure: Figure, language: str) -> str:
    """An amount with its bound: `from 4,800 EUR`, `ab 4.800 EUR`."""
    ((currency, low, high),) = figure.keys
    sums = [_number(Decimal(str(value)), language) for value in dict.fromkeys((low, high))]
    return f"{_BOUNDS[language][figure.bound]}{'–'.join(sums)} {currency}"


def per_text(figure: Figure, language: str) -> str | None:
    """` per month` after a price; empty where it is once; None where there is no word for it here."""
    if not figure.per:
        return ""
    word = _PER[language].get(figure.per)
    return f" {'per' if language == 'en' else 'pro'} {word}" if word else None


def duration_text(figure: Figure, language: str) -> str | None:
    """`3–5 weeks`, `3–5 Wochen`; None for a vague one."""
    (key,) = figure.keys
    if key[0] not in _SIZES:
        return None
    low, high = Decimal(str(key[1])), Decimal(str(key[2]))
    for size, english, german in _SIZES[str(key[0])]:
        if low % size == 0 and high % size == 0:
            counts = [_number(value / size, language) for value in dict.fromkeys((low, high))]
            return f"{'–'.join(counts)} {(english if language == 'en' else german)[high != size]}"
    return None


def budget_text(budget: Budget, language: str) -> str:
    """The lead's budget as they would read it."""
    sums = [
        _number(to_decimal(minor, budget.currency), language)
        for minor in dict.fromkeys((budget.low_minor, budget.high_minor))
    ]
    return f"{'–'.join(sums)} {budget.currency}"


def is_below(budget: Budget, price: Figure) -> bool:
    """Whether the budget does not reach the price; said only where both are for the same (once, or per month)."""
    ((currency, low, _),) = price.keys
    monthly = re.search(r"month|monat|mois|mes\b|mensu|p\.? ?m\.?\b", budget.quote, re.I)
    alike = price.per == ("month" if monthly else "")
    return alike and currency == budget.currency and budget.high_minor < to_minor(Decimal(str(low)), budget.currency)


def name_for_greeting(name: str, *, informal: bool) -> str:
    """The name to greet, or nothing where it does not look like a person's: `Okafor, Daniel` is Daniel Okafor."""
    last, comma, first = name.partition(",")
    parts = (f"{first} {last}" if comma else name).split()
    if not 1 < len(parts) <= 4 or len(name) > 50 or not all(_NAME.fullmatch(part) for part in parts):
        return ""
    return parts[0] if informal else " ".join(parts)


def is_informal(text: str) -> bool:
    """Whether a German text says du."""
    return bool(_INFORMAL.search(text)) and not _FORMAL.search(re.sub(r"(?:^|[.!?]\s+)\w+", "", text))


def has_figure(text: str) -> bool:
    """Whether a text holds a digit or a number word."""
    return any(letter.isdigit() for letter in read(text).text)


def _number(value: Decimal, language: str) -> str:
    text = f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text
