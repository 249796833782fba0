"""A calendar file as what it says: that it came, and each appointment in it once, or again where it was changed."""

from datetime import date, datetime

from aios.connectors.files.calendar import Appointment, read_calendar
from aios.connectors.incoming import MOST_PROBLEMS, Document, Fact
from aios.events.catalog import AppointmentReceived, CalendarReceived
from aios.ids import digest, digest_bytes

ENDINGS = (".ics", ".ical", ".ifb", ".icalendar")
SOURCE = "file:calendar"


def read_calendar_file(name: str, data: bytes) -> list[Document]:
    """The calendar. `InvalidInput` where it cannot be read at all."""
    calendar, blob = read_calendar(data), digest_bytes(data)
    facts = tuple(_fact(each, blob) for each in calendar.appointments)
    problems = calendar.problems[:MOST_PROBLEMS]
    received = CalendarReceived(name=name, appointments=len(facts), problems=problems, blob=blob)
    return [Document(name, SOURCE, Fact(f"calendar/{blob[:32]}", blob, received), facts, data, "text/calendar")]


def _fact(appointment: Appointment, blob: str) -> Fact:
    said = AppointmentReceived(
        uid=appointment.uid,
        title=appointment.title,
        starts=_text(appointment.starts),
        ends=_text(appointment.ends),
        place=appointment.place,
        rule=appointment.rule,
        cancelled=appointment.cancelled,
        blob=blob,
    )
    content = digest(said.model_dump(exclude={"blob"}))
    return Fact(f"appointment/{digest(appointment.uid)[:32] if appointment.uid else content[:32]}", content, said)


def _text(moment: date | datetime | None) -> str:
    return moment.isoformat() if moment else ""
