"""Times as people write of them in mails: asking for an appointment, offering times, and taking one of them.

All of it goes by words and numbers, in English and German. What is not plain is not understood: the owner reads it.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    "de": (
        *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"),
        *("August", "September", "Oktober", "November", "Dezember"),
    ),
}

_ASKS = re.compile(
    r"\b(?:appointment(?! (?:booking|system|calendar|scheduling|form|tool|page|request))"
    r"|(?:phone|video|short|quick|brief|first|intro\w*|discovery|zoom|teams) (?:call|meeting|chat)"
    r"|(?:have|arrange|schedule|set up|make|fix|organi[sz]e|plan) (?:a|an|another|some) (?:\w+ ){0,2}"
    r"(?:call|meeting|chat)"
    r"|(?:can|could|shall|may|would like to|want to|like to|let'?s) (?:we |i |you )?(?:meet|talk|speak)\b"
    r"|(?:give (?:me|us) a call|call (?:me|us))"
    r"|when (?:are|would|do|can|could) (?:you|we) .{0,20}(?:free|available|time|meet|talk|speak)"
    r"|(?:gesprächs|telefon|besprechungs|besichtigungs)?termin(?:e|vorschl\w+)?"
    r"|(?:telefonat|videocall|erstgespräch|telefongespräch|besprechung)"
    r"|(?:telefonieren|zusammensetzen)"
    r"|wann (?:haben|hätten|hast|hättest|passt|können|könnten) .{0,30}(?:zeit|ihnen|dir|telefonieren|treffen|sprechen)"
    r")\b",
    re.I,
)
_OF_OTHERS = re.compile(
    r"\b(?:customers?|clients?|patients?|guests?|visitors?|users?|people"
    r"|kunden|kundinnen|patient\w*|gäste\w*|besucher\w*)\b",
    re.I,
)
_NOT_WANTED = re.compile(r"\b(?:no|not|don'?t|without|rather than|kein\w*|nicht|ohne|statt)\b[^.?!\n]{0,25}$", re.I)
_SENTENCE = re.compile(r"[^.?!\n]+[.?!\n]?")

_REFUSES = re.compile(
    r"\b(?:unfortunately|sadly|none|neither|doesn'?t|does not|don'?t|do not|can'?t|cannot|can not|won'?t"
    r"|another (?:time|day|date)|other (?:times|days|dates)|instead|reschedule|not (?:possible|work|available)"
    r"|leider|nicht|kein\w*|ander\w+|stattdessen|verschieben|absagen)\b",
    re.I,
)
_ISO = re.compile(r"\b\d{4}-(?P<month>\d{2})-(?P<day>\d{2})\b")
_DOTTED = re.compile(r"\b(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?:\s?(?:\d{4}|\d{2})\b)?")
_ALL_MONTHS = {name[:3].lower(): at % 12 + 1 for at, name in enumerate((*MONTHS["en"], *MONTHS["de"]))}
_MONTH = "|".join(
    sorted({name for names in MONTHS.values() for name in names} | {"Jan", "Feb", "Sept?", "Oct", "Nov", "Dec"})
)
_DAY_MONTH = re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?P<month>{_MONTH})\b", re.I)
_MONTH_DAY = re.compile(rf"\b(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b", re.I)
_CLOCK = re.compile(
    r"\b(\d{1,2})(?::(\d{2})|\.(\d{2})(?=\s*uhr)|(?=\s*(?:am|pm|a\.m|p\.m|uhr|o'clock)\b))\s*(am|pm|a\.m|p\.m)?", re.I
)
_AT = re.compile(r"\b(?:at|um|gegen)\s+(\d{1,2})\b(?![:.\d])", re.I)
_ORDINALS = {
    **dict.fromkeys(("first", "1st", "erste"), 0),
    **dict.fromkeys(("second", "2nd", "zweite"), 1),
    **dict.fromkeys(("third", "3rd", "dritte"), 2),
    **dict.fromkeys(("fourth", "4th", "vierte"), 3),
    **dict.fromkeys(("last", "letzte"), -1),
}
_NTH = re.compile(
    rf"\b({'|'.join(_ORDINALS)})[rnms]?\s+(?:one|slot|time|option|date|appointment|suggestion|proposal|termin\w*|vorschlag|zeit)\b"
    rf"|\b(?:option|slot|number|nummer|nr\.?|termin|vorschlag)\s*#?(\d)\b(?![:.]\d)",
    re.I,
)


class Slot(BaseModel):
    """A time that is offered or agreed: two moments in ISO 8601 with their offset, in the owner's zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: str
    end: str

    @property
    def begins(self) -> datetime:
        """The same as a moment."""
        return datetime.fromisoformat(self.start)

    @property
    def ends(self) -> datetime:
        """The same as a moment."""
        return datetime.fromisoformat(self.end)

    def words(self, language: str) -> str:
        """As one writes it in a mail, in German or else in English."""
        begins, ends = self.begins, self.ends
        german = language == "de"
        language = "de" if german else "en"
        day, month = WEEKDAYS[language][begins.weekday()], MONTHS[language][begins.month - 1]
        dot, clock = (".", " Uhr") if german else ("", "")
        return f"{day}, {begins.day}{dot} {month} {begins.year}, {begins:%H:%M}–{ends:%H:%M}{clock}"


def asks_for_appointment(text: str) -> bool:
    """Whether it asks for a call or a meeting; what their own customers are to book is another matter."""
    for found in _SENTENCE.finditer(text):
        sentence = found.group()
        asks = _ASKS.search(sentence)
        if asks and not _OF_OTHERS.search(sentence) and not _NOT_WANTED.search(sentence[: asks.start()]):
            return True
    return False


def taken(text: str, offered: Sequence[Slot], zone: ZoneInfo) -> Slot | None:
    """The one of the offered times that the text takes; None where it takes none, several, or says no to anything."""
    if _REFUSES.search(text):
        return None
    fitting = [slot for slot in offered if slot in _by_number(text, offered) or _fits(text, slot, zone)]
    return fitting[0] if len(fitting) == 1 else None


def _by_number(text: str, offered: Sequence[Slot]) -> list[Slot]:
    numbers = [int(found[2]) - 1 for found in _NTH.finditer(text) if found[2]]
    places = [_ORDINALS[found[1].lower()] for found in _NTH.finditer(text) if found[1]]
    return [offered[place] for place in (*places, *(each for each in numbers if each >= 0)) if place < len(offered)]


def _fits(text: str, slot: Slot, zone: ZoneInfo) -> bool:
    """Whether everything that the text says of day and time is true of the slot, and it says anything."""
    begins = slot.begins.astimezone(zone)
    rest, dates = _dates(text, begins.year)
    days, times = _days(rest), _times(rest)
    true = (
        not dates or (begins.month, begins.day) in dates,
        not days or begins.weekday() in days,
        not times or begins.time().replace(second=0, microsecond=0) in times,
    )
    return bool(dates or days or times) and all(true)


def _dates(text: str, year: int) -> tuple[str, set[tuple[int, int]]]:
    """The text without its dates, and the dates as month and day."""
    found: set[tuple[int, int]] = set()
    for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY, _DOTTED):
        for said in pattern.finditer(text):
            month = said["month"]
            found.add((int(month) if month.isdigit() else _ALL_MONTHS[month[:3].lower()], int(said["day"])))
        text = pattern.sub(" ", text)
    return text, {day for day in found if _is_date(year, *day)}


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _days(text: str) -> set[int]:
    low = text.lower()
    return {
        at for names in WEEKDAYS.values() for at, name in enumerate(names) if re.search(rf"\b{name.lower()}s?\b", low)
    }


def _times(text: str) -> set[time]:
    """The times of day that it may mean: a small hour without am or pm is one in the afternoon as well."""
    found: set[time] = set()
    for said in _CLOCK.finditer(text):
        found |= _hours(int(said[1]), int(said[2] or said[3] or 0), (said[4] or "").lower()[:1])
    for said in _AT.finditer(text):
        found |= _hours(int(said[1]), 0, "")
    return found


def _hours(hour: int, minute: int, half: str) -> set[time]:
    if minute > 59 or hour > 23:
        return set()
    if half:
        return {time(hour % 12 + 12 * (half == "p"), minute)}
    return {time(hour, minute)} | ({time(hour + 12, minute)} if 0 < hour < 8 else set())
