"""By when a lead needs it: dates and durations in their message, counted from the day it was received."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from aios.agents.grounding.dates import dates
from aios.agents.grounding.durations import durations
from aios.agents.grounding.figure import Key
from aios.agents.grounding.reading import read
from aios.agents.passages import sentences
from aios.agents.qualifier.contract import Urgency

_NOW = re.compile(
    r"\basap\b|as soon as possible|urgent|immediately|right away|straight away|this week|emergency|today|tomorrow"
    r"|dringend|eilig"
    r"|schnellstmöglich|so (?:schnell|bald) wie möglich|sofort|umgehend|noch diese woche|heute noch|le plus vite"
    r"|urgente?\b",
    re.I,
)
_LATER = re.compile(
    r"no (?:rush|hurry)|not urgent|whenever|some ?time|next year|eventually|in the long run|keine eile"
    r"|nicht eilig|hat zeit"
    r"|irgendwann|nächstes jahr|mittelfristig|langfristig",
    re.I,
)
_NEEDED = re.compile(
    r"\b(?:by|until|before|deadline|due|launch|live|ready|need|start|within|in|next|end of|latest|for|bis|vor"
    r"|spätestens|ab"
    r"|fertig|starten|beginnen|innerhalb|nächste\w*|ende|anfang|mitte|termin|frist|am|on)\b",
    re.I,
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Timing:
    """When it is needed. `deadline` is None where no day follows from the message."""

    urgency: Urgency
    deadline: date | None
    quote: str


def find_timing(text: str, received: date) -> Timing:
    """What the message says about time; a day in the past is taken for the next year's, or not at all."""
    for sentence in sentences(text):
        if day := _day_in(sentence, received):
            urgency = "urgent" if _NOW.search(text) else _by_distance((day - received).days)
            return Timing(urgency, day, sentence[:160])
    if match := _NOW.search(text):
        return Timing("urgent", None, match.group())
    if match := _LATER.search(text):
        return Timing("normal", None, match.group())
    return Timing("unknown", None, "")


def _day_in(sentence: str, received: date) -> date | None:
    if not _NEEDED.search(sentence):
        return None
    text = read(sentence).text
    days = [_day(key, received) for figure in dates(text) for key in figure.keys]
    days += [_after(key, received) for figure in durations(text) for key in figure.keys if _ahead(text, figure.start)]
    known = sorted(day for day in days if day is not None and day >= received)
    return known[0] if known else None


def _ahead(text: str, start: int) -> bool:
    return bool(
        re.search(
            r"\b(?:in|within|innerhalb(?: von)?|next|nächsten?|binnen|in den)\s*(?:the |der |next |nächsten )*$",
            text[max(0, start - 40) : start],
            re.I,
        )
    ) or bool(re.match(r"(?:in|within)\b", text[start:], re.I))


def _after(key: Key, received: date) -> date | None:
    match key:
        case ("time", _, minutes):
            return received + timedelta(days=int(_number(minutes) / 1440))
        case ("business days", _, days):
            return received + timedelta(days=int(_number(days) * 7 / 5))
        case ("months", _, months) if _number(months) <= 24:
            return _month_end(received.year, received.month + int(_number(months)), received.day)
        case _:
            return None


def _day(key: Key, received: date) -> date | None:
    match key:
        case ("date", int(year), int(month), int(day)):
            return _valid(year, month, day)
        case ("date", None, int(month), int(day)):
            this = _valid(received.year, month, day)
            return this if this and this >= received else _valid(received.year + 1, month, day)
        case ("month", year, int(month)):
            at = year if isinstance(year, int) else received.year + (month < received.month)
            return _month_end(at, month)
        case ("quarter", year, int(quarter)):
            at = year if isinstance(year, int) else received.year + (quarter * 3 < received.month)
            return _month_end(at, quarter * 3)
        case ("day name", str(name)):
            return received + timedelta(days=(_WEEKDAYS.index(name) - received.weekday() - 1) % 7 + 1)
        case ("relative", str(name)):
            return _relative(name, received)
        case _:
            return None


def _relative(name: str, received: date) -> date | None:
    friday = received + timedelta(days=(4 - received.weekday()) % 7)
    return {
        "today": received,
        "tomorrow": received + timedelta(days=1),
        "day after tomorrow": received + timedelta(days=2),
        "this week": friday,
        "end of week": friday,
        "next week": friday + timedelta(days=7),
        "this month": _month_end(received.year, received.month),
        "end of month": _month_end(received.year, received.month),
        "next month": _month_end(received.year, received.month + 1),
        "end of year": date(received.year, 12, 31),
        "next year": date(received.year + 1, 12, 31),
    }.get(name)


def _by_distance(days: int) -> Urgency:
    return "urgent" if days <= 14 else "soon" if days <= 62 else "normal"


def _month_end(year: int, month: int, day: int = 31) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def _valid(year: int, month: int, day: int) -> date | None:
    if not (2000 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def _number(value: object) -> float:
    return float(str(value))
