"""Numbers written as words, in English and German, as their value."""

import re
from functools import cache

_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = (
    {"zero": 0}
    | {word: value for value, word in enumerate(_ONES.split(), 1)}
    | {word: value * 10 for value, word in enumerate(_TENS.split(), 2)}
)
_MULTIPLIERS = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_BELOW_100 = (
    rf"(?:(?:{_TENS.replace(' ', '|')})(?:[\s-](?:{'|'.join(_ONES.split()[:9])})\b)?"
    rf"|(?:{'|'.join(reversed(_ONES.split()))})\b)"
)
_BELOW_1000 = rf"(?:(?:(?:a|{_BELOW_100})\s)?(?:hundred|dozen)(?:\s(?:and\s)?{_BELOW_100})?|{_BELOW_100})"
ENGLISH = re.compile(
    rf"(?<![\w-])(?:(?:(?:a|{_BELOW_1000})\s)?(?:thousand|million)(?:\s(?:and\s)?{_BELOW_1000})?"
    rf"|{_BELOW_1000}|zero)(?!\w)",
    re.IGNORECASE,
)
"""A run of English number words: `twenty-five`, `a hundred and ten`, `two thousand`."""

WORD = re.compile(r"[^\W\d_]+")

ADJECTIVE = re.compile(r"(stündig|tägig|wöchig|monatig|jährig)(e[rnms]?)?$")
"""How a German adjective made from a duration ends: `dreiwöchig`."""


def english_value(words: str) -> int:
    """The value of a run that `ENGLISH` matched."""
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _ENGLISH:
            current += _ENGLISH[word]
        elif word in ("hundred", "dozen"):
            current = max(current, 1) * _MULTIPLIERS[word]
        elif word in _MULTIPLIERS:
            total += max(current, 1) * _MULTIPLIERS[word]
            current = 0
    return total + current


def german_value(word: str) -> int | None:
    """The value of a German number word below a million; None where it is none."""
    return _german().get(word.lower().replace("ß", "ss"))


@cache
def _german() -> dict[str, int]:
    words: dict[str, int] = {}
    for value in range(2, 10_000):
        words.setdefault(_german_word(value), value)
        if value >= 100:
            words.setdefault(_german_word(value).removeprefix("ein"), value)
    words |= {f"{_german_word(thousands)}tausend": thousands * 1000 for thousands in range(10, 1000)}
    for hundreds in range(11, 100):
        words |= {f"{_german_word(hundreds)}hundert{_tail(rest)}": hundreds * 100 + rest for rest in range(100)}
    return words | {"null": 0, "hundert": 100, "tausend": 1000, "dutzend": 12}


def _tail(rest: int) -> str:
    return _german_word(rest) if rest else ""


_GERMAN_ONES = (
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn"
).split()
_GERMAN_TENS = "zwanzig dreissig vierzig fünfzig sechzig siebzig achtzig neunzig".split()


def _german_word(value: int) -> str:
    if value >= 1000:
        return f"{_german_word(value // 1000)}tausend" + (_german_word(value % 1000) if value % 1000 else "")
    if value >= 100:
        return f"{_GERMAN_ONES[value // 100]}hundert" + (_german_word(value % 100) if value % 100 else "")
    if value < 20:
        return _GERMAN_ONES[value]
    tens = _GERMAN_TENS[value // 10 - 2]
    return f"{_GERMAN_ONES[value % 10]}und{tens}" if value % 10 else tens
