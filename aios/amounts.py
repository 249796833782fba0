"""Amounts of money in running text: how people write them, as one value, in English and German habits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from aios.money import Money, to_minor

NUMBER = (
    r"(?:\d{1,3}(?:[.,'’ \u00a0\u2009\u202f]\d{3}){1,4}(?!\d)(?:[.,]\d{1,2}(?!\d))?"
    r"|\d{1,15}(?!\d)(?:[.,]\d{1,15}(?!\d))?)"
    r"(?:[.,]\s?[-–—]{1,2}(?!\d))?"
)
"""A number as people write it: `1200`, `1,200.50`, `1.200,50`, `1 200,00`, `1'200`, `1.200,-`."""

_SCALES = {
    "k": 1_000,
    "tsd": 1_000,
    "tausend": 1_000,
    "thousand": 1_000,
    "grand": 1_000,
    "mio": 1_000_000,
    "million": 1_000_000,
    "millionen": 1_000_000,
    "mn": 1_000_000,
}
SCALE = r"(?:\s?(?:k|tsd\.?|tausend|thousand|grand|mio\.?|millionen|million|mn)(?![^\W\d_]))"

_CURRENCIES = {
    "EUR": r"€|euros?|eur",
    "USD": r"us\$|\$|us-dollars?|dollars?|usd|bucks",
    "GBP": r"£|pounds?|gbp|quid",
    "CHF": r"chf|sfr\.?|franken|francs?|fr\.",
    "CAD": r"ca\$|cad",
    "AUD": r"au\$|aud",
    "SEK": r"sek",
    "NOK": r"nok",
    "DKK": r"dkk",
    "PLN": r"pln|zł",
    "CZK": r"czk|kč",
    "HUF": r"huf|ft",
    "RON": r"ron|lei",
    "JPY": r"¥|jpy|yen",
    "CNY": r"cny|rmb|yuan",
    "INR": r"₹|inr|rupees?",
    "TRY": r"₺",
    "UAH": r"₴|uah",
    "BTC": r"₿|btc|bitcoins?",
}
_ANY_CURRENCY = "|".join(f"(?:{pattern})" for pattern in _CURRENCIES.values())
_BEFORE = rf"(?<!\w)k?(?:{_ANY_CURRENCY})\s?"
_AFTER = rf"\s?k?(?:{_ANY_CURRENCY})(?![^\W\d_])"
_TO = r"\s?(?:-|–|—|~|to|bis(?: zu)?)\s?"
_AND = r"\s(?:and|und)\s"
_END = r"(?!\d|[.,]\d|\s?%)"

_PATTERN = re.compile(
    rf"(?P<before>{_BEFORE})(?P<a>{NUMBER})(?P<as>{SCALE})?{_END}"
    rf"(?:{_TO}(?:{_BEFORE})?(?P<b>{NUMBER})(?P<bs>{SCALE})?{_END})?"
    rf"|(?<![\w.,])(?P<c>{NUMBER})(?P<cs>{SCALE})?"
    rf"(?:{_TO}(?P<d>{NUMBER})(?P<ds>{SCALE})?)?(?P<after>{_AFTER})"
    rf"|(?:(?<=between )|(?<=zwischen ))(?P<e>{NUMBER})(?P<es>{SCALE})?"
    rf"{_AND}(?P<f>{NUMBER})(?P<fs>{SCALE})?(?P<both>{_AFTER})",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<![\w.,])(?P<a>{NUMBER})(?P<as>{SCALE})?(?:{_TO}(?P<b>{NUMBER})(?P<bs>{SCALE})?)?(?![\w%])", re.I
)
_FORMS = {"before": "ab", "after": "cd", "both": "ef"}
"""Where the currency stands, and the names of the numbers beside it."""


@dataclass(frozen=True)
class Amount:
    """A sum, or a range of sums, at a place in a text. `low` equals `high` where one sum is named."""

    low: Decimal
    high: Decimal
    currency: str
    start: int
    end: int
    text: str

    @property
    def sums(self) -> tuple[Money, ...]:
        """The sums in minor units, rounded half up."""
        return tuple(
            Money(to_minor(value, self.currency), self.currency) for value in dict.fromkeys((self.low, self.high))
        )


def read_number(text: str) -> Decimal:
    """The value of what `NUMBER` matches. Three digits after a single separator are thousands: `1.200` is 1200."""
    digits = re.sub(r"[.,]\s?[-–—]{1,2}$", "", text)
    digits = re.sub(r"['’\s]", "", digits)
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        return Decimal(digits)
    whole, _, rest = digits.rpartition(marks[-1])
    grouped = len(rest) == 3 and len(set(marks)) == 1 and not whole.startswith("0") and len(whole) <= 3 * len(marks)
    if grouped:
        return Decimal(re.sub("[.,]", "", digits))
    return Decimal(f"{re.sub('[.,]', '', whole)}.{rest}")


def find_amounts(text: str) -> tuple[Amount, ...]:
    """Every amount that names its currency, in order."""
    return tuple(_amounts(text))


def find_bare_amounts(text: str, currency: str) -> tuple[Amount, ...]:
    """Every number or range as an amount in `currency`; for text that is known to speak of money."""
    found: list[Amount] = []
    for match in _BARE.finditer(text):
        low, high = _range(match["a"], match["as"], match["b"], match["bs"])
        found.append(Amount(low, high, currency, match.start(), match.end(), match.group()))
    return tuple(found)


def _amounts(text: str) -> Iterator[Amount]:
    for match in _PATTERN.finditer(text):
        mark, letters = next((match[name], x) for name, x in _FORMS.items() if match[name])
        parts = (match[name] for name in (letters[0], f"{letters[0]}s", letters[1], f"{letters[1]}s"))
        low, high = _range(*parts)
        name, times = _currency(mark)
        yield Amount(low * times, high * times, name, match.start(), match.end(), match.group().strip())


def _currency(mark: str) -> tuple[str, int]:
    plain = mark.strip().lower()
    for name, pattern in _CURRENCIES.items():
        for written, times in ((plain, 1), (plain.removeprefix("k"), 1_000)):
            if re.fullmatch(pattern, written):
                return name, times
    raise AssertionError(mark)


def _range(low: str, low_scale: str | None, high: str | None, high_scale: str | None) -> tuple[Decimal, Decimal]:
    first = read_number(low) * _scale(low_scale)
    if high is None:
        return first, first
    second = read_number(high) * _scale(high_scale)
    if high_scale and not low_scale and first < second / _scale(high_scale):
        first *= _scale(high_scale)
    return first, second


def _scale(word: str | None) -> int:
    return _SCALES[word.strip().rstrip(".").lower()] if word else 1


def amounts_in(text: str) -> tuple[Money, ...]:
    """Every sum that the text names with its currency, in minor units; a range counts with both ends."""
    return tuple(dict.fromkeys(money for amount in find_amounts(text) for money in amount.sums))
