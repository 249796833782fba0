"""Amounts in a reading, with what makes them a price: from, about, up to; per month, per hour."""

import re
from collections.abc import Iterator

from aios.agents.grounding.figure import Bound, Figure
from aios.amounts import find_amounts

_PER = {
    "hour": r"hour|hr|h|std\.?|stunde",
    "day": r"day|tag|manntag|personentag",
    "week": r"week|woche",
    "month": r"month|mo\.?|monat",
    "quarter": r"quarter|quartal",
    "year": r"year|yr|jahr|annum",
    "user": r"user|seat|nutzer|benutzer|platz|lizenz|licen[cs]e",
    "person": r"person|head|participant|teilnehmer(?:in)?|kopf|attendee",
    "word": r"word|wort",
    "page": r"page|seite",
    "piece": r"piece|item|unit|stück",
    "session": r"session|call|workshop|sitzung|termin|meeting",
    "language": r"language|sprache",
    "distance": r"km|kilomet(?:er|re)",
}
_ADVERBS = {
    "hour": r"hourly|stündlich|stundensatz|stundenlohn",
    "day": r"daily|täglich|tagessatz",
    "week": r"weekly|wöchentlich",
    "month": r"monthly|monatlich\w*|monatspreis|monatsgebühr",
    "quarter": r"quarterly|vierteljährlich",
    "year": r"yearly|annual(?:ly)?|jährlich\w*|jahrespreis",
}
_TAX = r"(?:\s(?:net|netto|brutto|plus vat|\+ ?vat|excl\.? vat|zzgl\.? (?:ust|mwst)\.?),?)?"
_AFTER = {
    name: re.compile(
        rf"{_TAX}(?:\s?(?:/|per|pro|je|im|an?|each|every)\s?1?\s?(?:{unit})(?!\w)"
        rf"|\s(?:{_ADVERBS.get(name, '(?!)')})(?!\w))",
        re.I,
    )
    for name, unit in _PER.items()
}
_BEFORE = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)[^.;\n]{{0,25}}$", re.I) for name, words in _ADVERBS.items()}
_FURTHER = r"(?:(?:further|additional|extra|weitere[rns]?|zusätzliche[rns]?) )?"
_ANYWHERE = {
    name: re.compile(
        rf"(?<!\w)(?:(?:/|per |pro |je |im |(?:each|every|jede[rns]?) )\s?{_FURTHER}(?:{unit})"
        rf"|{_ADVERBS.get(name, '(?!)')})(?!\w)",
        re.I,
    )
    for name, unit in _PER.items()
}
_BOUNDS: dict[Bound, re.Pattern[str]] = {
    "from": re.compile(
        r"(?<!\w)(?:from|(?:start(?:s|ing)?|begin(?:s|ning)?) (?:at|from)|at least|minimum|min\.|ab|mindestens"
        r"|beginnt bei|beginnen bei)(?: (?:of|about|ca\.))?\s?$",
        re.I,
    ),
    "about": re.compile(
        r"(?<!\w)(?:about|around|approx\.?|approximately|roughly|circa|ca\.|etwa|ungefähr|rund|~)\s?$", re.I
    ),
    "up to": re.compile(
        r"(?<!\w)(?:up to|at most|maximum|max\.?|(?:no|not) more than|below|under|less than|bis(?: zu)?|höchstens"
        r"|maximal"
        r"|unter|weniger als)\s?$",
        re.I,
    ),
}


def prices(text: str) -> Iterator[Figure]:
    """Every amount of money that names its currency."""
    for amount in find_amounts(text):
        before, after = text[max(0, amount.start - 40) : amount.start], text[amount.end : amount.end + 40]
        key = (amount.currency, amount.low.normalize(), amount.high.normalize())
        yield Figure("amount", frozenset({key}), amount.start, amount.end, _bound(before), _per(before, after))


def speaks_per(text: str, unit: str) -> bool:
    """Whether the text says that a price is per that unit (a sentence, a heading, a column)."""
    return _ANYWHERE[unit].search(text) is not None


def _bound(before: str) -> Bound:
    found: Bound = ""
    for bound, pattern in _BOUNDS.items():
        if pattern.search(before):
            found = bound
            break
    return found


def _per(before: str, after: str) -> str:
    for name, pattern in _AFTER.items():
        if pattern.match(after):
            return name
    return next((name for name, pattern in _BEFORE.items() if pattern.search(before)), "")
