"""Quiet hours: over midnight, over changes of the clock, and whole days."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.policies.quiet import quiet_until
from aios.policies.schema import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")


def hours(start: str, end: str, zone: str = "Europe/Berlin", days: tuple[str, ...] = ()) -> QuietHours:
    values = {"timezone": zone, "start": start, "end": end, "whole_days": days}
    return QuietHours.model_validate(values, strict=False)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-18 20:59", None),
        ("2026-11-18 21:00", "2026-11-19 07:00"),
        ("2026-11-18 23:59", "2026-11-19 07:00"),
        ("2026-11-19 00:00", "2026-11-19 07:00"),
        ("2026-11-19 06:59", "2026-11-19 07:00"),
        ("2026-11-19 07:00", None),
        ("2026-10-24 23:00", "2026-10-25 07:00"),
        ("2026-03-28 23:00", "2026-03-29 07:00"),
    ],
)
def test_quiet_hours_span_midnight_and_changes_of_the_clock(now: str, end: str | None) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    wanted = datetime.fromisoformat(end).replace(tzinfo=BERLIN) if end else None
    assert quiet_until(hours("21:00", "07:00"), at) == wanted


def test_hours_within_a_day_end_on_that_day() -> None:
    noon = datetime(2026, 11, 18, 12, 30, tzinfo=BERLIN)
    assert quiet_until(hours("12:00", "14:00"), noon) == datetime(2026, 11, 18, 14, 0, tzinfo=BERLIN)


def test_an_end_in_the_hour_that_is_skipped_falls_behind_it() -> None:
    night = datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN)
    assert quiet_until(hours("22:00", "02:30"), night) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_an_end_in_the_hour_that_comes_twice_is_the_next_one() -> None:
    first = datetime(2026, 10, 25, 0, 10, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert quiet_until(hours("22:00", "02:30"), first) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet_until(hours("22:00", "02:30"), second) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_whole_quiet_day_runs_on_into_the_night_after_it() -> None:
    saturday = datetime(2026, 11, 21, 22, 0, tzinfo=BERLIN)
    end = quiet_until(hours("21:00", "07:00", days=("sunday",)), saturday)
    assert end == datetime(2026, 11, 23, 7, 0, tzinfo=BERLIN)


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert quiet_until(None, datetime(2026, 11, 18, 3, 0, tzinfo=UTC)) is None


@settings(max_examples=300, deadline=None)
@given(
    start=st.integers(0, 1439),
    length=st.integers(1, 1439),
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Havana", "UTC"]
    ),
    days=st.sets(st.sampled_from(["saturday", "sunday", "monday"])),
    minute=st.integers(0, 60 * 24 * 730),
)
def test_the_quiet_ends_later_and_when_it_ends_it_is_not_quiet(
    start: int, length: int, zone: str, days: set[str], minute: int
) -> None:
    end = (start + length) % 1440
    text = [str(time(value // 60, value % 60))[:5] for value in (start, end)]
    quiet = hours(*text, zone, tuple(days))
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = quiet_until(quiet, now)
    if until is not None:
        assert now < until < now + timedelta(days=5)
        assert quiet_until(quiet, until) is None
