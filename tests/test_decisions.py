"""Decisions: bound to what was shown, used once, expiring, void when an input changes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.clock import ManualClock
from aios.decisions.decisions import EFFECT, REMEDY, Decisions, Question
from aios.decisions.shown import Shown
from aios.errors import Conflict, NotFound
from tests.desk import Desk, open_desk

TTL = timedelta(hours=72)


@pytest.fixture
def desk(database, clock: ManualClock) -> Desk:
    return open_desk(database, clock)


def ask(desk: Desk, title: str = "May it go out?", case_id: str | None = None) -> str:
    with desk.database.write() as tx:
        return desk.decisions.open(tx, Question(REMEDY, Shown(title=title), case_id=case_id), TTL)


def answer(desk: Desk, decision_id: str, verdict: str = "approve", version: int = 1) -> None:
    with desk.database.write() as tx:
        desk.decisions.answer(tx, decision_id, verdict, version, "owner")


def status(desk: Desk, decision_id: str) -> str:
    with desk.database.read() as connection:
        return desk.decisions.get(connection, decision_id).status


def test_a_decision_is_used_once(desk: Desk) -> None:
    decision = ask(desk)
    answer(desk, decision)
    with pytest.raises(Conflict, match="approved already"):
        answer(desk, decision, "reject", 2)
    assert status(desk, decision) == "approved"


def test_a_stale_version_is_refused(desk: Desk) -> None:
    decision = ask(desk)
    desk.decisions.snooze(decision, 1, desk.clock.now() + timedelta(hours=1), "owner")
    with pytest.raises(Conflict, match="moved on to version 2"):
        answer(desk, decision, version=1)
    answer(desk, decision, version=2)


def test_an_expired_decision_takes_no_answer(desk: Desk) -> None:
    decision = ask(desk)
    desk.clock.advance(hours=73)
    with pytest.raises(Conflict, match="expired"):
        answer(desk, decision)
    assert desk.answers.expire_overdue() == 1
    assert status(desk, decision) == "expired"
    assert desk.answers.expire_overdue() == 0


def test_a_snoozed_decision_comes_back_before_it_expires(desk: Desk) -> None:
    decision = ask(desk)
    desk.decisions.snooze(decision, 1, desk.clock.now() + timedelta(hours=100), "owner")
    with desk.database.read() as connection:
        assert desk.decisions.list(connection, status="open", awake=True) == []
    desk.clock.advance(hours=101)
    assert desk.answers.expire_overdue() == 0
    with desk.database.read() as connection:
        assert [item.id for item in desk.decisions.list(connection, status="open", awake=True)] == [decision]


def test_asking_the_same_again_opens_nothing_new(desk: Desk) -> None:
    assert ask(desk) == ask(desk)


def test_asking_anew_voids_the_older_question(desk: Desk) -> None:
    older, newer = ask(desk, "one"), ask(desk, "two")
    assert (status(desk, older), status(desk, newer)) == ("void", "open")


def test_an_unknown_decision_is_named_with_a_remedy(desk: Desk) -> None:
    with pytest.raises(NotFound, match="aios decisions"):
        answer(desk, "dec_none")


def test_what_was_shown_can_be_read_again_to_the_letter(desk: Desk) -> None:
    decision = ask(desk, "Grüße, 送信しますか")
    with desk.database.read() as connection:
        found = desk.decisions.get(connection, decision)
        assert desk.decisions.shown(connection, found).title == "Grüße, 送信しますか"


def test_questions_about_different_effects_stand_side_by_side(desk: Desk) -> None:
    with desk.database.write() as tx:
        ids = [
            desk.decisions.open(tx, Question(EFFECT, Shown(title=key), key=key), TTL)
            for key in ("mail.send/a", "mail.send/b")
        ]
    assert [status(desk, each) for each in ids] == ["open", "open"]


@given(answers=st.lists(st.sampled_from(["approve", "reject"]), min_size=1, max_size=6))
def test_of_any_number_of_answers_exactly_the_first_counts(tmp_path_factory, answers: list[str]) -> None:
    desk = open_desk(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'aios.db'}", ManualClock())
    decision, taken = ask(desk), []
    for verdict in answers:
        try:
            answer(desk, decision, verdict, 1)
            taken.append(verdict)
        except Conflict:
            continue
    assert taken == answers[:1]
    assert isinstance(desk.decisions, Decisions)
    desk.database.close()
