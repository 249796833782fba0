"""The calendar: appointments made, moved, cancelled and brought back, once each, in the sandbox and on Radicale."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from aios.clock import ManualClock
from aios.connectors.base import Absent, CannotTell, Found
from aios.connectors.calendar.caldav import CalDav
from aios.connectors.calendar.sandbox import SandboxCalendar
from aios.connectors.calendar.slots import Hours, Wanted, free_slots
from aios.errors import HardFailure, OutcomeUnknown, SoftFailure
from aios.settings import Settings
from tests.commands import inside
from tests.peers.radicale import Radicale
from tests.ports import free_port

KEY = "calendar.create/lead-0001/ev_1"
CREATE: dict[str, Any] = {
    "title": "Call with Mira Köhler",
    "start": "2026-11-05T10:00:00+01:00",
    "end": "2026-11-05T10:30:00+01:00",
    "description": "About the website.\nBring the offer; see notes.",
    "attendees": ["mira@kaffeekontor.example"],
}
LATER = {"start": "2026-11-06T14:00:00+01:00", "end": "2026-11-06T14:30:00+01:00"}

Calendar = CalDav | SandboxCalendar


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    peer = Radicale(tmp_path_factory.mktemp("radicale")).start()
    yield peer
    peer.stop()


@pytest.fixture(params=["sandbox", "radicale"])
def calendar(request: pytest.FixtureRequest, home: Path) -> Iterator[Calendar]:
    if request.param == "sandbox":
        yield SandboxCalendar(Settings(aios_home=home), ManualClock())
        return
    peer: Radicale = request.getfixturevalue("radicale")
    for name in peer.appointments():
        httpx.delete(peer.address + name, auth=("lena", "secret"), trust_env=False)
    found = CalDav(Settings(aios_home=home, aios_caldav_url=SecretStr(peer.url)), ManualClock())
    yield found
    found.disconnect()


def live(home: Path, url: str) -> CalDav:
    given = Settings(aios_home=home, aios_caldav_url=SecretStr(url), aios_connector_timeout=30)
    return CalDav(given, ManualClock())


def moments(receipt: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(receipt["start"]), datetime.fromisoformat(receipt["end"])


def test_an_appointment_is_made_once_however_often_it_is_asked_for(calendar: Calendar) -> None:
    first = calendar.perform("create", CREATE, KEY)
    again = calendar.perform("create", CREATE, KEY)
    assert first["uid"] == again["uid"]
    assert moments(first) == (
        datetime(2026, 11, 5, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 5, 9, 30, tzinfo=UTC),
    )
    day = datetime(2026, 11, 5, tzinfo=UTC)
    assert calendar.busy(day, day + timedelta(days=1)) == [moments(first)]
    assert calendar.look_up("create", CREATE, KEY) == Found(again)


def test_eight_workers_at_once_make_one_appointment(calendar: Calendar) -> None:
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: calendar.perform("create", CREATE, KEY), range(8)))
    assert len({receipt["uid"] for receipt in receipts}) == 1
    day = datetime(2026, 11, 5, tzinfo=UTC)
    assert len(calendar.busy(day, day + timedelta(days=1))) == 1


def test_what_was_not_made_is_proven_absent(calendar: Calendar) -> None:
    assert isinstance(calendar.look_up("create", CREATE, KEY), Absent)
    calendar.perform("create", CREATE, "another key")
    assert isinstance(calendar.look_up("create", CREATE, KEY), Absent)


def test_a_move_keeps_all_but_the_time_and_can_be_looked_up(calendar: Calendar) -> None:
    made = calendar.perform("create", CREATE, KEY)
    move = {"uid": made["uid"], "etag": made["etag"], **LATER}
    assert isinstance(calendar.look_up("move", move, "move/1"), Absent)
    moved = calendar.perform("move", move, "move/1")
    assert moments(moved)[0] == datetime(2026, 11, 6, 13, 0, tzinfo=UTC)
    assert "Call with Mira" in moved["was"]
    assert isinstance(found := calendar.look_up("move", move, "move/1"), Found)
    assert found.receipt["start"] == moved["start"]
    assert calendar.perform("move", move, "move/1")["etag"] == moved["etag"]


def test_a_cancelled_appointment_comes_back_as_it_was(calendar: Calendar) -> None:
    made = calendar.perform("create", CREATE, KEY)
    cancel = {"uid": made["uid"]}
    gone = calendar.perform("cancel", cancel, "cancel/1")
    assert isinstance(calendar.look_up("cancel", cancel, "cancel/1"), Found)
    assert calendar.perform("cancel", cancel, "cancel/1")["uid"] == made["uid"]
    assert isinstance(calendar.look_up("move", {"uid": made["uid"], **LATER}, "move/2"), CannotTell)
    restore = {"uid": made["uid"], "was": gone["was"]}
    back = calendar.perform("restore", restore, "restore/1")
    assert (back["start"], back["end"]) == (made["start"], made["end"])
    assert isinstance(calendar.look_up("restore", restore, "restore/1"), Found)


@pytest.mark.parametrize(
    "bad",
    [
        {"end": CREATE["start"]},
        {"start": "2026-11-05T10:00:00"},
        {"title": ""},
        {"attendees": ["no address"]},
        {"rrule": "FREQ=DAILY"},
    ],
)
def test_what_can_be_no_appointment_is_refused_before_anything_happens(calendar: Calendar, bad: dict[str, Any]) -> None:
    with pytest.raises(HardFailure):
        calendar.perform("create", CREATE | bad, KEY)
    assert isinstance(calendar.look_up("create", CREATE, KEY), Absent)


@pytest.mark.parametrize("uid", ["../../lena/other", "a/b", "a%2fb", "..\\x", "a?b", ""])
def test_no_uid_leads_to_another_place(calendar: Calendar, uid: str) -> None:
    with pytest.raises(HardFailure):
        calendar.perform("cancel", {"uid": uid}, "cancel/1")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(home: Path, radicale: Radicale) -> None:
    ours, theirs = live(home, radicale.url), live(home, radicale.url)
    made = ours.perform("create", CREATE, "conflict")
    theirs.perform("move", {"uid": made["uid"], **LATER}, "theirs")
    for operation, request in (("move", LATER), ("cancel", {})):
        with pytest.raises(HardFailure, match="has changed since"):
            ours.perform(operation, {"uid": made["uid"], "etag": made["etag"], **request}, f"ours/{operation}")
    ours.disconnect()
    theirs.disconnect()


def test_a_text_with_lines_of_a_calendar_adds_no_property(home: Path, radicale: Radicale) -> None:
    hostile = "Hi\r\nATTENDEE:mailto:thief@evil.example\r\nEND:VEVENT"
    receipt = live(home, radicale.url).perform("create", CREATE | {"title": hostile, "description": hostile}, "hostile")
    held = radicale.appointments()[f"{receipt['uid']}.ics"].replace("\r\n ", "").splitlines()
    assert not [line for line in held if line.upper().startswith("ATTENDEE") and "thief" in line]
    assert sum(line == "END:VEVENT" for line in held) == 1


def test_a_server_that_is_not_there_is_a_soft_failure_and_an_unreadable_address_a_hard_one(home: Path) -> None:
    with pytest.raises(SoftFailure):
        live(home, f"http://127.0.0.1:{free_port()}/c/").perform("create", CREATE, KEY)
    for address in ("ftp://nowhere/", "calendar"):
        with pytest.raises(HardFailure, match="AIOS_CALDAV_URL"):
            live(home, address).perform("create", CREATE, KEY)


BUSY = st.lists(st.tuples(st.integers(0, 14 * 24 * 4), st.integers(1, 40)), max_size=30)


@given(BUSY, st.integers(1, 12), st.integers(0, 4))
def test_proposed_slots_are_free_within_hours_and_apart(spans: list[tuple[int, int]], length: int, around: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    begin = datetime(2026, 10, 20, 7, 13, tzinfo=UTC)  # two weeks over the end of summer time
    quarter = timedelta(minutes=15)
    busy = [(begin + at * quarter, begin + (at + long) * quarter) for at, long in spans]
    wanted = Wanted(length * quarter, around * quarter)
    slots = free_slots(busy, begin, begin + timedelta(days=14), Hours(zone), wanted)
    assert len(slots) <= wanted.most
    assert slots == sorted(slots)
    for start, end in slots:
        here = start.astimezone(zone)
        assert here.weekday() < 5
        assert time(9) <= here.time()
        assert end.astimezone(zone).time() <= time(17)
        assert all(until <= start - wanted.around or end + wanted.around <= since for since, until in busy)


def test_an_outcome_nobody_told_is_unknown_and_then_looked_up(home: Path, radicale: Radicale) -> None:
    import socket
    import threading

    listener = socket.create_server(("127.0.0.1", 0))
    sent = threading.Event()

    def swallow() -> None:
        line, _ = listener.accept()
        line.recv(65536)
        line.close()
        sent.set()

    threading.Thread(target=swallow, daemon=True).start()
    with pytest.raises(OutcomeUnknown):
        live(home, f"http://127.0.0.1:{listener.getsockname()[1]}/c/").perform("create", CREATE, KEY)
    assert sent.wait(60)
    listener.close()
    assert isinstance(live(home, radicale.url).look_up("create", CREATE, "never made"), Absent)


def test_the_command_proposes_times_as_a_list_that_other_programs_can_read(home: Path) -> None:
    found = inside(home, "calendar", "free", "--days", "14", "--zone", "Europe/Berlin", "--json")
    assert found.returncode == 0, found.stderr
    slots = json.loads(found.stdout)
    assert slots
    assert all(datetime.fromisoformat(slot["start"]) < datetime.fromisoformat(slot["end"]) for slot in slots)
    wrong = inside(home, "calendar", "free", "--zone", "Nowhere/Town")
    assert wrong.returncode == 1
    assert "Europe/Berlin" in wrong.stderr
