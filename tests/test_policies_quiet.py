"""Quiet hours: over midnight, whole days, and changes of the clock; what is allowed waits for their end."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aios.policies.quiet import quiet_until
from aios.policies.rules import evaluate
from aios.policies.schema import QuietHours
from tests.policing import ALLOW_ALL, SUBJECT, policy

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours.model_validate_json('{"start": "21:00", "end": "07:00", "whole_days": ["sunday"]}')


def berlin(day: str, at: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (berlin("2026-11-18", "20:59:59"), None),
        (berlin("2026-11-18", "21:00"), berlin("2026-11-19", "07:00")),
        (berlin("2026-11-19", "00:00"), berlin("2026-11-19", "07:00")),
        (berlin("2026-11-19", "06:59:59"), berlin("2026-11-19", "07:00")),
        (berlin("2026-11-19", "07:00"), None),
        (berlin("2026-11-21", "22:00"), berlin("2026-11-23", "07:00")),
        (berlin("2026-11-22", "12:00"), berlin("2026-11-23", "07:00")),
        (berlin("2026-10-24", "23:00"), berlin("2026-10-26", "07:00")),
    ],
    ids=["before", "start", "midnight", "last second", "end", "into sunday", "on sunday", "clock goes back"],
)
def test_quiet_hours_run_over_midnight_and_over_whole_days(now: datetime, end: datetime | None) -> None:
    assert quiet_until(NIGHT, now.astimezone(UTC)) == (end.astimezone(UTC) if end else None)


def hours(start: str, end: str) -> QuietHours:
    return QuietHours.model_validate_json(f'{{"start": "{start}", "end": "{end}"}}')


def test_an_end_that_the_clock_skips_in_spring_is_the_moment_after_the_gap() -> None:
    end = quiet_until(hours("01:00", "02:30"), berlin("2026-03-29", "01:30").astimezone(UTC))
    assert end is not None
    assert datetime(2026, 3, 29, 1, 0, tzinfo=UTC) <= end <= datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_an_hour_that_the_clock_shows_twice_in_autumn_is_quiet_twice() -> None:
    for fold in (0, 1):
        now = berlin("2026-10-25", "02:15", fold).astimezone(UTC)
        end = quiet_until(hours("02:00", "02:30"), now)
        assert end is not None
        assert now < end <= now + timedelta(minutes=15)


FIRST, LAST = (datetime(year, 1, 1) for year in (2026, 2028))  # noqa: DTZ001  # hypothesis wants them naive
TIMES = st.times().map(lambda at: f"{at:%H:%M}")
DAYS = st.sets(st.sampled_from(["monday", "saturday", "sunday"])).map(sorted)


@given(st.datetimes(FIRST, LAST), st.tuples(TIMES, TIMES), DAYS)
def test_quiet_always_ends_and_is_over_at_its_end(now: datetime, span: tuple[str, str], days: list[str]) -> None:
    assume(span[0] != span[1])
    quiet = QuietHours.model_validate_json(json.dumps({"start": span[0], "end": span[1], "whole_days": days}))
    moment = now.replace(tzinfo=UTC)
    end = quiet_until(quiet, moment)
    if end is not None:
        assert moment < end < moment + timedelta(days=6)
        assert quiet_until(quiet, end) is None


def test_what_a_rule_allows_at_night_waits_for_the_morning() -> None:
    text = f'quiet_hours: {{start: "21:00", end: "07:00"}}\nrules:\n  {ALLOW_ALL}\n'
    night = berlin("2026-11-18", "23:00").astimezone(UTC)
    verdict = evaluate(policy(text), replace(SUBJECT, now=night))
    assert (verdict.outcome, verdict.rule) == ("allow", "open")
    assert verdict.not_before == berlin("2026-11-19", "07:00").astimezone(UTC)
    assert evaluate(policy(text), SUBJECT).not_before is None
