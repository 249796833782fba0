"""Dates, days, months and times of day in a reading."""

import re
from collections.abc import Iterator

from aios.agents.grounding.figure import Figure, Key

_MONTHS = (
    "january jan januar jänner janvier enero gennaio januari",
    "february feb februar février febrero febbraio februari",
    "march mar märz mrz mars marzo maart",
    "april apr avril abril aprile",
    "may mai mayo maggio mei",
    "june jun juni juin junio giugno",
    "july jul juli juillet julio luglio",
    "august aug août agosto augustus",
    "september sept sep septembre septiembre settembre",
    "october oct oktober okt octobre octubre ottobre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre diciembre dicembre",
)
_MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH = "(?:" + "|".join(sorted(_MONTH_NUMBER, key=len, reverse=True)) + r")\.?"

_DAYS = {
    "mon": "monday montag lundi lunes lunedì maandag",
    "tue": "tuesday dienstag mardi martes martedì dinsdag",
    "wed": "wednesday mittwoch mercredi miércoles mercoledì woensdag",
    "thu": "thursday donnerstag jeudi jueves giovedì donderdag",
    "fri": "friday freitag vendredi viernes venerdì vrijdag",
    "sat": "saturday samstag sonnabend samedi sábado sabato zaterdag",
    "sun": "sunday sonntag dimanche domingo domenica zondag",
}
_DAY_NAME = {name: key for key, names in _DAYS.items() for name in names.split()}

_RELATIVE = {
    "today": r"today|tonight|heute",
    "tomorrow": r"tomorrow|(?<!guten )(?<!good )\bmorgen(?! *[,!])",
    "day after tomorrow": r"übermorgen",
    "this week": r"this week|diese[rn]? woche",
    "next week": r"next week|(?:nächste|kommende)[rn]? woche",
    "this month": r"this month|diese[nms]? monats?",
    "next month": r"next month|(?:nächste|kommende)[nsr]? monats?",
    "next year": r"next year|(?:nächste|kommende)[nsr]? jahr(?:es)?",
    "end of week": r"end of (?:the |this )?week|ende (?:der|dieser) woche",
    "end of month": r"end of (?:the |this )?month|ende (?:des|dieses) monats|monatsende",
    "end of year": r"end of (?:the |this )?year|year[- ]end|ende des jahres|jahresende",
    "weekend": r"weekend|wochenende",
}

_ISO = re.compile(r"(?<![\d-])(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?![\d-])")
_DOTS = re.compile(
    r"(?<![\d.])(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>\d{4}|\d{2}))?(?![\d.,]*\d|\s?(?:€|eur))", re.I
)
_SLASHES = re.compile(r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4}|\d{2})(?![\d/])")
_DAY_MONTH = re.compile(
    rf"(?<!\w)(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?\s?(?:of\s|de\s)?(?P<m>{_MONTH})(?!\w)(?:,?\s?(?P<y>\d{{4}}))?", re.I
)
_MONTH_DAY = re.compile(
    rf"(?<!\w)(?P<m>{_MONTH})\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\w%€]|[.,]\d)(?:,?\s(?P<y>\d{{4}})(?!\d))?", re.I
)
_MONTH_YEAR = re.compile(rf"(?<!\w)(?P<m>{_MONTH})\s(?P<y>\d{{4}})(?!\w)", re.I)
_MONTH_ONLY = re.compile(
    r"(?<!\w)(?:(?:in|by|until|till|from|since|early|late|mid|of|before|after|next|this|im|bis|ab|seit|anfang"
    r"|mitte|ende|vor|nach)"
    rf"[\s-](?:end of )?)(?P<m>{_MONTH})(?!\w)",
    re.I,
)
_QUARTER = re.compile(r"(?<!\w)q(?P<q>[1-4])(?!\w)(?:[\s/]?(?P<y>\d{4}))?", re.I)
_YEAR = re.compile(r"(?<!\w)(?:in|by|until|im jahr|since|seit|bis)\s(?P<y>20\d\d)(?!\w|[.,]\d|\s?(?:€|eur))", re.I)
_DAY = re.compile(rf"(?<!\w)(?P<n>{'|'.join(_DAY_NAME)})s?(?!\w)", re.I)
_RELATIVES = [(key, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.I)) for key, pattern in _RELATIVE.items()]
_TWELVE = re.compile(r"(?<!\w)(?:(?P<noon>noon|midday|mittags?)|midnight|mitternachts?)(?!\w)", re.I)
_CLOCK = re.compile(
    r"(?<![\w:.,])(?:(?P<h>\d{1,2})[:.](?P<m>\d{2})(?::\d{2})?(?:\s?(?P<ap>[ap])\.?m\b\.?|\s?uhr\b)"
    r"|(?P<h2>\d{1,2}):(?P<m2>\d{2})(?!\d)|(?P<h3>\d{1,2})\s?(?:(?P<ap3>[ap])\.?m\b\.?|uhr\b"
    r"|o'clock)(?:\s(?P<m3>\d{2})\b)?)",
    re.I,
)


def dates(text: str) -> Iterator[Figure]:
    """Every day, month, quarter or year that the text names; places may overlap, the most exact first."""
    for match in _ISO.finditer(text):
        yield _date(match, _day(match["y"], match["m"], match["d"]))
    for match in _DOTS.finditer(text):
        yield _date(match, _day(match["y"], match["m"], match["d"]))
    for match in _SLASHES.finditer(text):
        both = {*_day(match["y"], match["a"], match["b"]), *_day(match["y"], match["b"], match["a"])}
        yield _date(match, both)
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            yield _date(match, _day(match["y"], str(_month(match["m"])), match["d"]))
    yield from _parts(text)
    yield from _named(text)


def _parts(text: str) -> Iterator[Figure]:
    """Months, quarters and years."""
    for match in (*_MONTH_YEAR.finditer(text), *_MONTH_ONLY.finditer(text)):
        year = match.groupdict().get("y")
        yield _date(match, {("month", int(year) if year else None, _month(match["m"]))})
    for match in _QUARTER.finditer(text):
        yield _date(match, {("quarter", int(match["y"]) if match["y"] else None, int(match["q"]))})
    for match in _YEAR.finditer(text):
        yield _date(match, {("year", int(match["y"]))})


def _named(text: str) -> Iterator[Figure]:
    """Days by name, and spans that count from today."""
    for match in _DAY.finditer(text):
        yield _date(match, {("day name", _DAY_NAME[match["n"].lower()])})
    for key, pattern in _RELATIVES:
        for match in pattern.finditer(text):
            yield _date(match, {("relative", key)})


def times(text: str) -> Iterator[Figure]:
    """Every time of day that the text names."""
    for match in _CLOCK.finditer(text):
        hour = int(match["h"] or match["h2"] or match["h3"])
        half = (match["ap"] or match["ap3"] or "").lower()
        hour = hour % 12 + 12 * (half == "p") if half else hour
        minute = int(match["m"] or match["m2"] or match["m3"] or 0)
        if hour < 25 and minute < 60:
            yield Figure("time", frozenset({("time", hour, minute)}), match.start(), match.end())
    for match in _TWELVE.finditer(text):
        yield Figure("time", frozenset({("time", 12 if match["noon"] else 0, 0)}), match.start(), match.end())


def looser(key: Key) -> set[Key]:
    """What a source that names this date also says: the day without its year, its month."""
    match key:
        case ("date", year, month, day):
            return {key, ("date", None, month, day), ("month", year, month), ("month", None, month)}
        case ("month" | "quarter" as kind, _, part):
            return {key, (kind, None, part)}
        case _:
            return {key}


def _date(match: re.Match[str], keys: set[Key]) -> Figure:
    return Figure("date", frozenset(keys or {("unreadable date", match.group())}), match.start(), match.end())


def _day(year: str | None, month: str, day: str) -> set[Key]:
    number = int(year) + (2000 if len(year) == 2 else 0) if year else None
    valid = 1 <= int(month) <= 12 and 1 <= int(day) <= 31
    return {("date", number, int(month), int(day))} if valid else set()


def _month(name: str) -> int:
    return _MONTH_NUMBER[name.lower().rstrip(".")]
