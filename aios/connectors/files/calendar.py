"""A calendar file (iCalendar, RFC 5545) as appointments; what can't be read of it is a problem, not a guess."""

import warnings
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any

from aios.connectors.incoming import MEGABYTE
from aios.errors import InvalidInput
from aios.text import clean

MOST_BYTES = 20 * MEGABYTE
AGAIN = "Export the calendar again."


@dataclass(frozen=True)
class Appointment:
    """An event of a calendar. `starts` is a date where it takes whole days; `rule` is its RRULE, not followed here."""

    uid: str
    title: str
    starts: date | datetime
    ends: date | datetime | None
    place: str = ""
    rule: str = ""
    cancelled: bool = False

    @property
    def whole_day(self) -> bool:
        """Whether it has days and no hours."""
        return not isinstance(self.starts, datetime)


@dataclass(frozen=True)
class CalendarFile:
    """The appointments, and a sentence for each thing that was left out."""

    appointments: tuple[Appointment, ...]
    problems: tuple[str, ...]


def read_calendar(data: bytes) -> CalendarFile:
    """Every event in the file. `InvalidInput` where it is no calendar, or one that can't be read at all."""
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"The calendar is larger than {MOST_BYTES // MEGABYTE} MB.", "Export fewer years.")
    problems: list[str] = []
    appointments: list[Appointment] = []
    for component in _components(data):
        for part in component.walk():
            problems += [f"{name or 'A line'} is wrong: {clean(str(why), 200)}." for name, why in part.errors]
            if part.name == "VEVENT":
                _add(part, appointments, problems)
    return CalendarFile(tuple(appointments), tuple(problems))


def _components(data: bytes) -> list[Any]:
    reader: Any = import_module("icalendar").cal.component.Component
    text = data.decode("utf-8-sig", "replace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a guessed time zone is said by the appointment itself
            found: list[Any] = reader.from_ical(text, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"The calendar can't be read: {clean(str(error), 200)}.", AGAIN) from None
    if not found:
        raise InvalidInput("The file holds no whole calendar.", AGAIN)
    return found


def _add(event: Any, appointments: list[Appointment], problems: list[str]) -> None:
    title = clean(str(event.get("SUMMARY", "")), 500)
    starts = _moment(event, "DTSTART")
    if starts is None:
        problems.append(f"The event {title!r} has no start and was left out.")
        return
    ends = _moment(event, "DTEND")
    if ends is not None and isinstance(ends, datetime) is not isinstance(starts, datetime):
        problems.append(f"The event {title!r} begins and ends in different ways (a day and an hour).")
        ends = None
    rule: Any = event.get("RRULE") if "RRULE" not in {told for told, _ in event.errors} else None
    appointments.append(
        Appointment(
            uid=clean(str(event.get("UID", "")), 500),
            title=title,
            starts=starts,
            ends=ends,
            place=clean(str(event.get("LOCATION", "")), 500),
            rule=rule.to_ical().decode("utf-8", "replace") if hasattr(rule, "to_ical") else "",
            cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
        )
    )


def _moment(event: Any, name: str) -> date | datetime | None:
    broken = {told for told, _ in event.errors}
    moment = getattr(event.get(name), "dt", None) if name not in broken else None
    return moment if isinstance(moment, date) else None
