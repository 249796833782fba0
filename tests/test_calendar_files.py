"""Calendar files: read, or refused with a reason; what is left out is said."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.connectors.files.calendar import read_calendar
from aios.errors import InvalidInput

CALENDARS = Path(__file__).parents[1] / ".." / "shared" / "data" / "icalendar" / "calendars"
UNREADABLE = {
    "big_bad_calendar.ics": "no whole calendar",
    "pr_480_summary_with_colon.ics": "no whole calendar",
    "small_bad_calendar.ics": "no whole calendar",
    "fuzz_testcase_invalid_month.ics": "Invalid month",
    "issue_104_broken_calendar.ics": "Invalid content line",
    "parsing_error_in_UTC_offset.ics": "Offset",
}


@pytest.mark.skipif(not CALENDARS.exists(), reason="../shared/data/icalendar is not here")
def test_every_event_of_every_calendar_is_read_or_its_absence_explained() -> None:
    files, read, left = 0, 0, 0
    for file in sorted(CALENDARS.glob("*.ics")):
        files += 1
        data = file.read_bytes()
        if file.name in UNREADABLE:
            with pytest.raises(InvalidInput, match=UNREADABLE[file.name]):
                read_calendar(data)
            continue
        found = read_calendar(data)
        out = sum("left out" in problem for problem in found.problems)
        assert len(found.appointments) + out == len(re.findall(rb"(?im)^BEGIN:VEVENT", data)), file.name
        read, left = read + len(found.appointments), left + out
    assert (files, read, left) == (54, 36, 16)


def calendar(*lines: str) -> bytes:
    event = "\r\n".join(("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}\r\nEND:VCALENDAR\r\n".encode()


def test_an_appointment_says_when_where_and_how_often() -> None:
    data = calendar(
        "SUMMARY:Kick-off, Größe", "LOCATION:Hamburg", "DTSTART:20261125T090000Z", "DTEND:20261125T100000Z",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    )  # fmt: skip
    (found,) = read_calendar(data).appointments
    assert (found.title, found.place, found.rule) == ("Kick-off, Größe", "Hamburg", "FREQ=WEEKLY;COUNT=3")
    assert (found.starts, found.ends) == (datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 11, 25, 10, tzinfo=UTC))
    assert not found.whole_day


def test_a_whole_day_has_no_hour() -> None:
    (found,) = read_calendar(
        calendar("SUMMARY:Holiday", "DTSTART;VALUE=DATE:20261224", "STATUS:CANCELLED")
    ).appointments
    assert found.starts == date(2026, 12, 24)
    assert found.whole_day
    assert found.cancelled


@given(
    st.binary(max_size=200)
    | st.text("BEGIN:VEVENT\r\nDTSTART;=20261ZÄ", max_size=200).map(lambda text: calendar(*text.splitlines()))
)
def test_no_bytes_raise_anything_but_a_refusal(data: bytes) -> None:
    try:
        read_calendar(data)
    except InvalidInput as error:
        remedy = error.remedy
        assert remedy
