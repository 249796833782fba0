"""What others have changed outside since is shown to the owner before it is undone, and never overwritten."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aios.effects import rollback_plan
from aios.kernel import Kernel
from tests.peers.radicale import Radicale
from tests.undoing import BY_ITSELF, Undoing, adopt, open_case, receipt
from tests.workplace import kernel_at

LAST_WEEK = b"DTSTART:20261029T090000Z"


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = kernel_at(home)
    yield kernel
    kernel.close()


@pytest.fixture
def undoing(kernel: Kernel) -> Undoing:
    return open_case(kernel)


def edit_by_hand(undoing: Undoing) -> None:
    """Somebody drags the appointment to another day."""
    [file] = undoing.appointments
    file.write_bytes(re.sub(rb"DTSTART:\w+", LAST_WEEK, file.read_bytes()))


def test_an_appointment_moved_by_hand_is_a_question_that_shows_what_differs(undoing: Undoing) -> None:
    adopt(undoing.kernel, BY_ITSELF)
    undoing.book()
    edit_by_hand(undoing)
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    [asked] = undoing.asked()
    with undoing.kernel.database.read() as connection:
        shown = undoing.kernel.decisions.shown(connection, asked)
    assert "changed outside" in shown.warnings[-1]
    assert {change.field for change in shown.diff} == {"etag", "start"}
    assert LAST_WEEK in undoing.appointments[0].read_bytes()
    undoing.answer(asked, "reject")
    case = undoing.to_the_end("reject")
    assert case.outcome == "rolled_back" and LAST_WEEK in undoing.appointments[0].read_bytes()


def test_what_the_owner_wants_undone_although_it_changed_is_undone_as_it_is_now(undoing: Undoing) -> None:
    undoing.book()
    edit_by_hand(undoing)
    assert undoing.roll_back().outcome == "rolled_back"
    assert undoing.appointments == []


def test_what_changes_between_the_answer_and_the_deed_is_asked_again_and_not_overwritten(undoing: Undoing) -> None:
    undoing.book()
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    undoing.answer(undoing.asked()[0])
    edit_by_hand(undoing)
    undoing.kernel.clock.advance(seconds=60)
    undoing.run()
    [asked] = undoing.asked()
    assert LAST_WEEK in undoing.appointments[0].read_bytes()
    with undoing.kernel.database.read() as connection:
        assert undoing.kernel.decisions.shown(connection, asked).diff
    assert undoing.to_the_end().outcome == "rolled_back"


def test_an_appointment_that_somebody_deleted_is_not_undone_without_the_owner(undoing: Undoing) -> None:
    adopt(undoing.kernel, BY_ITSELF)
    made = undoing.do("calendar", "create", {"title": "Call", "start": "2026-11-05T10:00Z", "end": "2026-11-05T11:00Z"})
    undoing.appointments[0].unlink()
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    [asked] = undoing.asked()
    undoing.answer(asked)
    assert undoing.to_the_end().outcome == "rolled_back"
    assert undoing.effect(made.key).state == "compensated"


def test_a_cancelled_appointment_comes_back(undoing: Undoing) -> None:
    adopt(undoing.kernel, BY_ITSELF)
    made, moved = undoing.book()
    undoing.do("calendar", "cancel", receipt(moved, "uid", "etag"))
    assert undoing.appointments == []
    first, *_ = rollback_plan.read(undoing.kernel.rollback, undoing.case_id).steps
    assert (first.operation, first.undo, first.doubt) == ("cancel", "restore", "")
    assert undoing.roll_back(rounds=1).outcome == "rolled_back" and undoing.appointments == []
    assert undoing.effect(made.key).state == "compensated"


def test_on_a_real_server_what_another_program_moved_is_asked_about_and_then_undone(home: Path, tmp_path: Path) -> None:
    peer = Radicale(tmp_path / "radicale").start()
    kernel = kernel_at(home, aios_mode="live", aios_caldav_url=peer.url)
    adopt(kernel, BY_ITSELF)
    try:
        undoing = open_case(kernel)
        made, moved = undoing.book()
        [(name, text)] = peer.appointments().items()
        by_hand = re.sub(r"DTSTART:\w+", LAST_WEEK.decode(), text)
        httpx.put(peer.address + name, content=by_hand, auth=("lena", "secret"), trust_env=False).raise_for_status()
        kernel.rollback.start(undoing.case_id, "owner")
        undoing.run()
        assert len(undoing.asked()) == 1 and LAST_WEEK.decode() in peer.appointments()[name]
        assert undoing.to_the_end().outcome == "rolled_back" and peer.appointments() == {}
        assert [undoing.effect(each.key).state for each in (made, moved)] == ["compensated"] * 2
    finally:
        kernel.close()
        peer.stop()
