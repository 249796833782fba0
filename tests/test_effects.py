"""Effects: nothing goes out without a verdict or a decision, and nothing goes out twice."""

import threading
from pathlib import Path

import pytest

from aios.clock import ManualClock
from aios.effects import ledger, switches
from aios.errors import Blocked, Conflict, HardFailure, InvalidInput, OutcomeUnknown, Paused, SoftFailure
from tests.desk import Desk, PostBox, open_desk


@pytest.fixture
def box(tmp_path: Path) -> PostBox:
    return PostBox(tmp_path / "box")


@pytest.fixture
def desk(database, clock: ManualClock, box: PostBox) -> Desk:
    return open_desk(database, clock, box)


def approved(desk: Desk, case_id: str) -> str:
    """A reply that the owner approved and whose undo window is over."""
    effect = desk.gate.propose(desk.proposal(case_id))
    decision = desk.open_decision(case_id)
    desk.answers.give(decision.id, "approve", 1, actor="owner")
    desk.clock.advance(seconds=11)
    return effect.key


def state(desk: Desk, key: str) -> str:
    with desk.database.read() as connection:
        return ledger.get(connection, key).state


def test_nothing_goes_out_before_the_owner_says_so(desk: Desk, box: PostBox) -> None:
    effect = desk.gate.propose(desk.proposal(desk.case()))
    assert desk.executor.carry_out(effect.key).state == "proposed"
    assert box.letters() == []


def test_an_approved_effect_goes_out_after_the_undo_window_once(desk: Desk, box: PostBox) -> None:
    case_id = desk.case()
    effect = desk.gate.propose(desk.proposal(case_id))
    desk.answers.give(desk.open_decision(case_id).id, "approve", 1, actor="owner")
    assert desk.executor.carry_out(effect.key).state == "approved"
    desk.clock.advance(seconds=11)
    assert desk.executor.carry_out(effect.key).state == "captured"
    assert desk.executor.carry_out(effect.key).state == "captured"
    assert box.letters() == [effect.key]


def test_a_rule_can_let_it_go_and_is_named(desk: Desk, box: PostBox) -> None:
    effect = desk.gate.propose(desk.proposal(desk.case(), confidence=0.95))
    assert (effect.state, effect.rule) == ("approved", "let-it-go")


def test_a_rule_can_forbid_it(desk: Desk) -> None:
    effect = desk.gate.propose(desk.proposal(desk.case(), to="desk@press.example"))
    assert effect.state == "withdrawn"
    assert "never-to-the-press" in effect.reason


def test_approving_twice_sends_once(desk: Desk, box: PostBox) -> None:
    case_id = desk.case()
    key = approved(desk, case_id)
    with desk.database.read() as connection:
        decision = desk.decisions.list(connection, case_id=case_id)[0]
    with pytest.raises(Conflict):
        desk.answers.give(decision.id, "approve", 1, actor="owner")
    desk.executor.carry_out(key)
    desk.executor.carry_out(key)
    assert box.letters() == [key]


def test_what_the_owner_edited_is_what_goes_out(desk: Desk) -> None:
    case_id = desk.case()
    effect = desk.gate.propose(desk.proposal(case_id))
    edits = {"text": "Hello Ana"}
    desk.answers.give(desk.open_decision(case_id).id, "edit", 1, actor="owner", edits=edits)
    assert desk.sent_text(effect.key) == "Hello Ana"
    assert desk.gate.propose(desk.proposal(case_id)).state == "approved"
    assert desk.sent_text(effect.key) == "Hello Ana"


@pytest.mark.parametrize(
    ("verdict", "given"),
    [("edit", {}), ("edit", {"edits": {"in_reply_to": "<x>"}}), ("revise", {}), ("approve", {"edits": {"text": "x"}})],
)
def test_a_wrong_answer_is_refused_and_uses_nothing_up(desk: Desk, verdict, given) -> None:
    case_id = desk.case()
    desk.gate.propose(desk.proposal(case_id))
    with pytest.raises(InvalidInput):
        desk.answers.give(desk.open_decision(case_id).id, verdict, 1, actor="owner", **given)
    assert desk.open_decision(case_id).version == 1


def test_an_edit_that_breaks_the_mail_contract_is_refused(desk: Desk) -> None:
    case_id = desk.case()
    desk.gate.propose(desk.proposal(case_id))
    with pytest.raises((InvalidInput, HardFailure)):
        desk.answers.give(desk.open_decision(case_id).id, "edit", 1, actor="owner", edits={"text": ""})


def test_a_rejected_reply_stays_rejected_through_re_runs(desk: Desk) -> None:
    case_id = desk.case()
    effect = desk.gate.propose(desk.proposal(case_id))
    desk.answers.give(desk.open_decision(case_id).id, "reject", 1, actor="owner", note="not for us")
    desk.draft(case_id, "Another text")
    assert desk.gate.propose(desk.proposal(case_id)).state == "withdrawn"
    with desk.database.read() as connection:
        assert desk.cases.get(connection, case_id).outcome == "rejected"
        assert desk.decisions.list(connection, status="open") == []
    assert state(desk, effect.key) == "withdrawn"


def test_feedback_sends_it_back_to_the_step_before_and_asks_again(desk: Desk) -> None:
    case_id = desk.case()
    desk.gate.propose(desk.proposal(case_id))
    first = desk.open_decision(case_id)
    desk.answers.give(first.id, "revise", 1, actor="owner", note="shorter please")
    with desk.database.read() as connection:
        [event] = desk.log.read(connection, types=("case.continued",))
    assert event.payload.step == "lead_reply_draft"
    desk.draft(case_id, "Dear Ana, shorter")
    assert desk.gate.propose(desk.proposal(case_id)).state == "proposed"
    assert desk.open_decision(case_id).id != first.id


def test_a_changed_input_voids_the_decision_and_the_approval(desk: Desk, box: PostBox) -> None:
    case_id = desk.case()
    key = approved(desk, case_id)
    desk.draft(case_id, "Dear Ana, better")
    assert desk.executor.carry_out(key).state == "withdrawn"
    assert box.letters() == []
    assert desk.gate.propose(desk.proposal(case_id)).state == "proposed"
    assert desk.open_decision(case_id).inputs == {"lead_reply_draft": 2}


def test_a_stale_decision_cannot_be_approved(desk: Desk) -> None:
    case_id = desk.case()
    desk.gate.propose(desk.proposal(case_id))
    decision = desk.open_decision(case_id)
    desk.draft(case_id, "Dear Ana, better")
    with pytest.raises(Conflict, match="void"):
        desk.answers.give(decision.id, "approve", 1, actor="owner")


def test_a_new_draft_of_a_sent_message_sends_nothing(desk: Desk, box: PostBox) -> None:
    case_id = desk.case()
    key = approved(desk, case_id)
    desk.executor.carry_out(key)
    desk.draft(case_id, "A better text, too late")
    assert desk.gate.propose(desk.proposal(case_id)).state == "captured"
    assert desk.executor.carry_out(key).state == "captured"
    assert box.letters() == [key]


def test_an_approval_can_be_undone_until_it_is_used(desk: Desk, box: PostBox) -> None:
    case_id = desk.case()
    effect = desk.gate.propose(desk.proposal(case_id, confidence=0.95))
    desk.gate.undo(effect.key, "owner")
    desk.clock.advance(seconds=11)
    assert desk.executor.carry_out(effect.key).state == "withdrawn"
    desk.cases.retry(case_id, actor="owner")
    assert desk.gate.propose(desk.proposal(case_id, confidence=0.95)).rule == "undone-before"
    assert box.letters() == []


def test_a_sent_effect_cannot_be_undone(desk: Desk) -> None:
    key = approved(desk, desk.case())
    desk.executor.carry_out(key)
    with pytest.raises(Conflict):
        desk.gate.undo(key, "owner")


def test_a_soft_failure_is_tried_again_later_and_not_before(desk: Desk, box: PostBox) -> None:
    key = approved(desk, desk.case())
    box.failures = [SoftFailure("451 try later", retry_after=90)]
    effect = desk.executor.carry_out(key)
    assert effect.state == "buffered" and "451 try later" in effect.reason
    desk.executor.carry_out(key)
    assert box.letters() == []
    desk.clock.advance(seconds=91)
    assert desk.executor.carry_out(key).state == "captured"


def test_soft_failures_end_as_a_failure_with_the_count(desk: Desk, box: PostBox) -> None:
    key = approved(desk, desk.case())
    box.failures = [SoftFailure("451 try later") for _ in range(20)]
    for _ in range(12):
        desk.executor.carry_out(key)
        with desk.database.write() as tx:  # the service serves others meanwhile
            desk.executor.admission.release(tx, "mail", "sandbox")
        desk.clock.advance(hours=2)
    with desk.database.read() as connection:
        effect = ledger.get(connection, key)
    assert (effect.state, effect.reason) == ("failed", "451 try later (8 attempts)")
    assert effect.failure == "soft"


def test_a_hard_failure_is_not_tried_again_by_itself(desk: Desk, box: PostBox) -> None:
    key = approved(desk, desk.case())
    box.failures = [HardFailure("550 no such user", "Correct the address.")]
    assert desk.executor.carry_out(key).state == "failed"
    desk.clock.advance(days=2)
    assert desk.executor.carry_out(key).state == "failed"
    assert box.letters() == []


@pytest.mark.parametrize("error", [OutcomeUnknown("lost acknowledgement"), RuntimeError("a bug in a client")])
def test_a_lost_acknowledgement_is_looked_up_and_not_repeated(desk: Desk, box: PostBox, error: Exception) -> None:
    key = approved(desk, desk.case())
    box.lose_answer, box.failures = True, [error]
    assert desk.executor.carry_out(key).state == "captured"
    assert box.letters() == [key]


def test_the_stop_switch_holds_everything_and_loses_nothing(desk: Desk, box: PostBox) -> None:
    key = approved(desk, desk.case())
    switches.stop(desk.log, switches.ALL, "owner", "holiday")
    with pytest.raises(Paused):
        desk.executor.carry_out(key)
    with desk.database.read() as connection:
        assert desk.executor.due(connection) == []
    switches.release(desk.log, switches.ALL, "owner")
    assert desk.executor.carry_out(key).state == "captured"
    assert box.letters() == [key]


def test_a_paused_case_sends_nothing_until_it_is_resumed(desk: Desk, box: PostBox) -> None:
    case_id = desk.case()
    key = approved(desk, case_id)
    desk.cases.pause(case_id, actor="owner")
    with pytest.raises(Paused):
        desk.executor.carry_out(key)
    desk.cases.resume(case_id, actor="owner")
    assert desk.executor.carry_out(key).state == "captured"


def test_cancelling_a_case_withdraws_what_has_not_gone_out(desk: Desk, box: PostBox) -> None:
    case_id = desk.case()
    effect = desk.gate.propose(desk.proposal(case_id))
    desk.answers.cancel_case(case_id, "owner")
    assert state(desk, effect.key) == "withdrawn"
    with desk.database.read() as connection:
        assert desk.decisions.list(connection, status="open") == []


def test_a_case_that_has_ended_cannot_be_cancelled(desk: Desk) -> None:
    case_id = desk.case()
    desk.answers.cancel_case(case_id, "owner")
    with pytest.raises(Conflict, match="ended already"):
        desk.answers.cancel_case(case_id, "owner")


def test_nothing_new_is_proposed_in_a_case_that_is_closed(desk: Desk) -> None:
    case_id = desk.case()
    desk.answers.cancel_case(case_id, "owner")
    with pytest.raises(Blocked, match="closed"):
        desk.gate.propose(desk.proposal(case_id))
    with desk.database.read() as connection:
        assert desk.decisions.list(connection) == []
    desk.cases.retry(case_id, actor="owner")
    assert desk.gate.propose(desk.proposal(case_id)).state == "proposed"


def test_expiry_withdraws_what_was_proposed(desk: Desk) -> None:
    case_id = desk.case()
    effect = desk.gate.propose(desk.proposal(case_id))
    desk.clock.advance(days=8)
    assert desk.answers.expire_overdue() == 1
    assert state(desk, effect.key) == "withdrawn"
    desk.cases.retry(case_id, actor="owner")
    assert desk.gate.propose(desk.proposal(case_id)).state == "proposed"


def test_eight_workers_at_once_send_once(desk: Desk, box: PostBox) -> None:
    key = approved(desk, desk.case())
    workers = [threading.Thread(target=desk.executor.carry_out, args=(key,)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert box.letters() == [key]


def test_an_effect_approved_for_another_mode_does_not_go_out(desk: Desk, box: PostBox) -> None:
    key = approved(desk, desk.case())
    desk.executor.connectors = {("mail", "live"): box}
    with pytest.raises(Paused, match="sandbox"):
        desk.executor.carry_out(key)
    assert box.letters() == []
