"""Durations in a reading: how long something takes, lasts, or is away."""

import re
from collections.abc import Iterator

from aios.agents.grounding.figure import Figure, Key
from aios.amounts import read_number

_UNITS = {
    "minute": r"min(?:ute[ns]?|utos?|uti)?\.?",
    "hour": r"hrs?\.?|hours?|h|stunden?|std\.?|stündig(?:e[rnms]?)?|heures?|horas?|or[ae]|uur|uren",
    "business": (
        r"(?:business|working|work)[\s-]?days?|(?:werk|arbeits|geschäfts|bank)tag(?:e[ns]?|s)?|jours? ouvr(?:és?"
        r"|ables?)"
        r"|días? (?:hábil(?:es)?|laborables?)|giorni lavorativi|werkdagen?"
    ),
    "day": r"days?|tag(?:e[ns]?|s)?|tägig(?:e[rnms]?)?|jours?|d[ií]as?|giorn[oi]|dag(?:en)?",
    "fortnight": r"fortnights?",
    "week": r"weeks?|wks?|wochen?|wöchig(?:e[rnms]?)?|semaines?|semanas?|settiman[ae]|weken",
    "month": r"months?|monat(?:e[ns]?|s)?|monatig(?:e[rnms]?)?|mois|mes(?:es|i|e)?|maand(?:en)?",
    "quarter": r"quarters?|quartal(?:e[ns]?|s)?",
    "year": r"years?|yrs?|jahr(?:e[ns]?|s)?|jährig(?:e[rnms]?)?|ans?(?= )|années?|años?|ann[oi]|jaar",
}
_MEASURES = {
    "minute": ("time", 1),
    "hour": ("time", 60),
    "day": ("time", 1440),
    "week": ("time", 10_080),
    "fortnight": ("time", 20_160),
    "business": ("business days", 1),
    "month": ("months", 1),
    "quarter": ("months", 3),
    "year": ("months", 12),
}
_UNIT = "(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS.items()) + r")(?!\w)"
_NUMBER = r"\d+(?:[.,]\d+)?"
_OF = r"[\s-]*(?:full |calendar |volle[nr]? |à )?"

_COUNTED = re.compile(
    rf"(?<![\w.,])(?P<a>{_NUMBER})(?:\s?-?\s?(?:-|to|bis(?: zu)?|or|oder|and|und)\s?(?P<b>{_NUMBER}))?{_OF}{_UNIT}",
    re.I,
)
_VAGUE = re.compile(
    r"(?<!\w)(?:(?:a )?(?:few|couple of)|several|some|a matter of|einige[rnm]?|ein paar|wenige[rnm]?"
    r"|mehrere[rnm]?|within)"
    rf"\s{_UNIT}",
    re.I,
)
_SINGLE = re.compile(
    r"(?<!\w)(?:(?:within|in|under|inside|takes?|took|lasts?|needs?|only|just|about|roughly|for|than)"
    rf" (?P<half>half )?(?:an?|the)(?: half)? |(?:an? )(?=fortnight)){_UNIT}",
    re.I,
)


def durations(text: str) -> Iterator[Figure]:
    """Every duration: counted (`3-5 weeks`), single (`within a week`) or vague (`a few days`)."""
    for match in _COUNTED.finditer(text):
        low = read_number(match["a"])
        high = read_number(match["b"]) if match["b"] else low
        measure, size = _MEASURES[_unit(match)]
        yield _figure(match, (measure, low * size, high * size))
    for match in _SINGLE.finditer(text):
        measure, size = _MEASURES[_unit(match)]
        yield _figure(match, ("half" if match["half"] else measure, size, size))
    for match in _VAGUE.finditer(text):
        yield _figure(match, ("vague", _unit(match)))


def _figure(match: re.Match[str], key: Key) -> Figure:
    return Figure("duration", frozenset({key}), match.start(), match.end())


def _unit(match: re.Match[str]) -> str:
    return next(name for name in _UNITS if match[name])
