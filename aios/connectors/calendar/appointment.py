"""An appointment as iCalendar text (RFC 5545): written, moved, marked and read back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import icalendar

from aios.connectors.calendar.request import Create, Span
from aios.errors import HardFailure

MARK = "X-AIOS-DONE"
"""The property that holds the marks of the effects that made or moved the appointment."""

Part = Any
"""A part of a calendar as icalendar has it, which does not type its properties."""


def written(request: Create, uid: str, mark: str, now: datetime, owner: str) -> bytes:
    """A new appointment."""
    event: Part = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("summary", request.title)
    _put_span(event, request)
    for name, text in (("description", request.description), ("location", request.location)):
        if text:
            event.add(name, text)
    if request.attendees:
        event.add("organizer", icalendar.vCalAddress(f"mailto:{owner}"))
        for address in request.attendees:
            event.add("attendee", icalendar.vCalAddress(f"mailto:{address}"))
    event.add(MARK, icalendar.vText(mark))
    calendar: Part = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//aios//calendar//EN")
    calendar.add_component(event)
    return calendar.to_ical()


def moved(was: bytes, span: Span, mark: str, now: datetime) -> bytes:
    """The appointment at another time; everything else of it stays."""
    calendar = _calendar(was)
    event = _event(calendar)
    if "rrule" in event or "recurrence-id" in event:
        raise HardFailure("It is a series of appointments, and which of them to move is not said.", "Move it by hand.")
    event.pop("duration", None)
    _put_span(event, span)
    _mark(event, mark, now)
    return calendar.to_ical()


def marked(was: bytes, mark: str, now: datetime) -> bytes:
    """The appointment with the mark of one more effect."""
    calendar = _calendar(was)
    _mark(_event(calendar), mark, now)
    return calendar.to_ical()


def has_mark(text: bytes, mark: str) -> bool:
    """Whether the effect of the mark made or moved it."""
    return mark in _marks(_event(_calendar(text)))


def span_of(text: bytes) -> tuple[datetime, datetime]:
    """When it begins and ends; a day counts from its midnight, UTC where no zone is said."""
    event = _event(_calendar(text))
    start = _moment(event.decoded("dtstart"))
    if "dtend" in event:
        return start, _moment(event.decoded("dtend"))
    return start, start + (event.decoded("duration") if "duration" in event else timedelta())


def busy_in(text: bytes) -> list[tuple[datetime, datetime]]:
    """When one is busy, out of a server's answer about free and busy times."""
    found: list[tuple[datetime, datetime]] = []
    for part in _calendar(text).walk("VFREEBUSY"):
        periods = _several(part, "freebusy")
        found.extend((one.start, one.end) for one in periods if one.params.get("FBTYPE", "BUSY") != "FREE")
    return sorted(found)


def _put_span(event: Part, span: Span) -> None:
    for name, moment in (("dtstart", span.start), ("dtend", span.end)):
        event.pop(name, None)
        event.add(name, moment.astimezone(UTC))


def _mark(event: Part, mark: str, now: datetime) -> None:
    marks = _marks(event)
    event.pop(MARK, None)
    for one in dict.fromkeys([*marks, mark]):
        event.add(MARK, icalendar.vText(one))
    sequence = int(event.get("sequence", 0)) + 1
    for name, value in (("sequence", sequence), ("dtstamp", now.astimezone(UTC))):
        event.pop(name, None)
        event.add(name, value)


def _marks(event: Part) -> list[str]:
    return [str(one) for one in _several(event, MARK)]


def _several(part: Part, name: str) -> list[Any]:
    """The values of a property that may stand there several times; icalendar has one alone where it stands once."""
    held: Any = part.get(name, [])
    return cast(list[Any], held) if isinstance(held, list) else [held]


def _calendar(text: bytes) -> Part:
    try:
        return icalendar.Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as error:
        raise HardFailure(f"The calendar holds what is no appointment: {error}.", "Look at it by hand.") from None


def _event(calendar: Part) -> Part:
    events = calendar.walk("VEVENT")
    if not events:
        raise HardFailure("The calendar holds what is no appointment.", "Look at it by hand.")
    return events[0]


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise HardFailure("The appointment does not say when it is.", "Look at it by hand.")
