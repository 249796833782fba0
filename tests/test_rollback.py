"""A case that is rolled back is undone in reverse order, once, never over what others did, and says what stays."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.clock import SystemClock
from aios.database.engine import Database
from aios.effects import rollback_plan
from aios.errors import Conflict, InvalidInput, OutcomeUnknown
from aios.kernel import Kernel
from tests.undoing import BY_ITSELF, MAIL, NEVER, Undoing, adopt, open_case, receipt, worker
from tests.workplace import client_of, kernel_at, post


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = kernel_at(home)
    yield kernel
    kernel.close()


@pytest.fixture
def undoing(kernel: Kernel) -> Undoing:
    return open_case(kernel)


@pytest.fixture
def real(database: Database, home: Path) -> Iterator[Kernel]:
    """A kernel on either store, in real time, that undoes by itself."""
    kernel = kernel_at(home, SystemClock(), aios_database_url=database.url.render_as_string(False))
    adopt(kernel, BY_ITSELF)
    yield kernel
    kernel.close()


# --- reverse order, each an effect of its own ----------------------------------------------------------------------


def test_what_was_done_is_undone_in_reverse_order_each_by_an_effect_the_owner_decides(undoing: Undoing) -> None:
    mail = undoing.do("mail", "send", MAIL)
    made, moved = undoing.book()
    assert undoing.roll_back().outcome == "rolled_back"
    assert undoing.performed() == [mail.key, made.key, moved.key] + [
        f"rollback/{key}" for key in (moved.key, made.key, mail.key)
    ]
    assert [undoing.effect(each.key).state for each in (mail, made, moved)] == ["compensated"] * 3
    assert undoing.appointments == [] and len(undoing.mails) == 2
    with undoing.kernel.database.read() as connection:
        answered = undoing.kernel.decisions.list(connection, case_id=undoing.case_id)
    assert [(each.kind, each.status) for each in answered] == [("compensation", "approved")] * 3


def test_what_policy_allows_is_undone_without_a_question_on_either_store(real: Kernel) -> None:
    undoing = open_case(real)
    undoing.book()
    assert undoing.roll_back(rounds=1).outcome == "rolled_back"
    assert undoing.appointments == [] and undoing.asked() == []


def test_what_a_rule_denies_is_left_and_the_case_says_so(undoing: Undoing) -> None:
    adopt(undoing.kernel, NEVER)
    made, moved = undoing.book()
    case = undoing.roll_back()
    assert undoing.effect(moved.key).state == "compensated" and undoing.effect(made.key).state == "captured"
    assert "calendar create" in case.reason


def test_what_the_owner_rejects_is_left_and_the_rest_goes_on(undoing: Undoing) -> None:
    made, moved = undoing.book()
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    undoing.answer(undoing.asked()[0], "reject")
    undoing.to_the_end()
    assert undoing.effect(moved.key).state == "captured" and undoing.effect(made.key).state == "compensated"
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    assert undoing.asked(), "asked again in a rollback of its own"


def test_what_has_not_gone_out_is_withdrawn_first_and_its_questions_are_void(undoing: Undoing) -> None:
    from tests.workplace import ask

    undoing.book()
    waiting = undoing.do("mail", "send", MAIL, carry_out=False)
    ask(undoing.kernel, undoing.case_id)
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    assert undoing.effect(waiting.key).state == "withdrawn" and undoing.asked() == []
    undoing.to_the_end()
    assert undoing.mails == []


def test_what_may_have_gone_out_is_looked_up_before_anything_is_undone(
    undoing: Undoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    undoing.book()
    outbox = undoing.kernel.connectors["mail", "sandbox"].connector
    really = outbox.perform

    def lose(*asked):
        really(*asked)
        raise OutcomeUnknown("the answer got lost")

    monkeypatch.setattr(outbox, "perform", lose)
    monkeypatch.setattr(undoing.kernel.executor, "reconcile", lambda key: undoing.effect(key))
    mail = undoing.do("mail", "send", MAIL)
    assert mail.state == "unknown"
    monkeypatch.undo()
    undoing.roll_back("reject")
    assert undoing.effect(mail.key).state == "captured" and len(undoing.mails) == 1


# --- what cannot be taken back -------------------------------------------------------------------------------------


def test_a_mail_is_followed_by_a_correction_that_only_the_owner_lets_go_and_may_edit(undoing: Undoing) -> None:
    adopt(undoing.kernel, BY_ITSELF)
    mail = undoing.do("mail", "send", MAIL)
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    [asked] = undoing.asked()
    assert len(undoing.mails) == 1
    with pytest.raises(InvalidInput):
        undoing.answer(asked, "edit", edits={"to": ["else@x.example"]})
    with pytest.raises(InvalidInput):
        undoing.answer(asked, "revise", note="nicer")
    undoing.answer(asked, "edit", edits={"text": "Dear Ada, forget the price."})
    assert undoing.to_the_end().outcome == "rolled_back"
    sent = next(each for each in undoing.mails if "forget the price" in each)
    assert f"In-Reply-To: {receipt(mail, 'message_id')['message_id']}" in sent and "Subject: Correction: Your" in sent


def test_what_cannot_be_undone_is_said_before_it_is_approved(undoing: Undoing) -> None:
    from tests.commands import inside
    from tests.workplace import ask

    decision_id = ask(undoing.kernel, undoing.case_id)
    page = client_of(undoing.kernel).get(f"/decisions/{decision_id}").text
    assert "Cannot be undone" in page
    said = inside(undoing.kernel.settings.home, "decisions", "show", decision_id).stdout
    assert "cannot undo" in said and "cannot be taken back" in said
    shown = client_of(undoing.kernel).get(f"/api/decisions/{decision_id}").json()["shown"]
    assert shown["impact"]["irreversible"] is True


def test_a_receipt_that_says_too_little_is_named_as_undone_by_hand(undoing: Undoing) -> None:
    from aios.events import catalog
    from aios.events.event import NewEvent

    made = undoing.do("calendar", "create", {"title": "C", "start": "2026-11-05T10:00Z", "end": "2026-11-05T11:00Z"},
                      carry_out=False)  # fmt: skip
    said = catalog.EffectSucceeded(key=made.key, receipt={"confirmed_by": "owner"})
    undoing.kernel.log.record(NewEvent(f"effect/{made.key}", said, undoing.case_id))
    [step] = rollback_plan.read(undoing.kernel.rollback, undoing.case_id).steps
    assert step.does == "stays" and "by hand" in step.words
    assert "calendar create" in undoing.roll_back().reason


# --- once, whatever happens ----------------------------------------------------------------------------------------


def test_a_rollback_asked_for_twice_is_one_and_after_it_there_is_nothing_left(undoing: Undoing) -> None:
    undoing.book()
    for _ in range(2):
        undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.to_the_end()
    assert len(undoing.performed()) == 4
    with pytest.raises(Conflict, match="rolled back already"):
        undoing.kernel.rollback.start(undoing.case_id, "owner")


def test_two_workers_at_once_roll_back_once(real: Kernel) -> None:
    undoing = open_case(real)
    undoing.book()
    real.rollback.start(undoing.case_id, "owner")
    workers = [worker(real, undoing.case_id) for _ in range(2)]
    for process in workers:
        process.join(60)
        assert process.exitcode == 0
    assert undoing.to_the_end().outcome == "rolled_back"
    assert undoing.appointments == [] and len(undoing.performed()) == len(set(undoing.performed())) == 4


@pytest.mark.slow
def test_killed_at_any_write_point_a_second_run_goes_on_and_each_thing_is_undone_once(real: Kernel) -> None:
    every = range(1, 40) if real.database.is_sqlite else (1, 3, 6, 40)
    points = ["claimed", "performed", "capturing", *(f"commit:{number}" for number in every)]
    for number, point in enumerate(points):
        undoing = open_case(real, f"a{number}@x.example")
        undoing.book()
        real.rollback.start(undoing.case_id, "owner")
        process = worker(real, undoing.case_id, point)
        process.join(60)
        assert process.exitcode in (0, -signal.SIGKILL)
        assert undoing.to_the_end().outcome == "rolled_back", point
        assert undoing.appointments == [] and len(undoing.performed()) == 4, point
        if process.exitcode == 0:
            assert number > (11 if real.database.is_sqlite else 5), "few write points were found"
            return
    raise AssertionError("it never came to its end by itself")


def test_a_message_that_comes_in_meanwhile_is_worked_on_afterwards(undoing: Undoing) -> None:
    undoing.book()
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    with undoing.kernel.database.write() as tx:
        from aios.events.catalog import MessageReceived, Sender
        from aios.events.event import NewEvent

        said = MessageReceived(channel="mail", sender=Sender(email="ada@engines.example"), text="One more thing.")
        new = undoing.kernel.log.append(tx, NewEvent(f"case/{undoing.case_id}", said, undoing.case_id)).event
        undoing.kernel.cases.continue_(tx, undoing.case_id, "lead", "a message", trigger=new.id)
    for _ in range(8):
        if undoing.case.rollback:
            undoing.run()
            for asked in undoing.asked():
                undoing.answer(asked)
            undoing.kernel.clock.advance(seconds=120)
    assert undoing.appointments == []
    assert (undoing.case.status, undoing.case.trigger) == ("open", new.id)


def test_what_was_undone_does_not_happen_again_when_the_case_is_retried(undoing: Undoing) -> None:
    from aios.effects.carrying import carried
    from aios.errors import Blocked

    made, _ = undoing.book()
    undoing.roll_back()
    undoing.kernel.cases.retry(undoing.case_id, actor="owner")
    with pytest.raises(Blocked, match="undone"):
        carried(undoing.kernel.executor, undoing.case, undoing.effect(made.key))
    assert undoing.appointments == []


def test_cancelled_in_the_middle_it_stops_there(undoing: Undoing) -> None:
    made, moved = undoing.book()
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    undoing.kernel.answers.cancel_case(undoing.case_id, "owner")
    assert (undoing.case.outcome, undoing.case.rollback, undoing.asked()) == ("cancelled", 0, [])
    assert [undoing.effect(each.key).state for each in (made, moved)] == ["captured", "captured"]
    assert undoing.roll_back().outcome == "rolled_back"


def test_a_paused_case_is_resumed_before_it_is_rolled_back(undoing: Undoing) -> None:
    undoing.book()
    undoing.kernel.cases.pause(undoing.case_id, actor="owner")
    with pytest.raises(Conflict, match="paused"):
        undoing.kernel.rollback.start(undoing.case_id, "owner")


def test_an_answer_that_nobody_gives_in_time_is_asked_again_on_retry(undoing: Undoing) -> None:
    undoing.book()
    undoing.kernel.rollback.start(undoing.case_id, "owner")
    undoing.run()
    undoing.kernel.clock.advance(days=30)
    assert undoing.kernel.answers.expire_overdue() == 1
    undoing.run()
    assert undoing.asked() == [] and undoing.case.status == "waiting"
    undoing.kernel.cases.retry(undoing.case_id, actor="owner")
    assert undoing.to_the_end().outcome == "rolled_back"


# --- where a person looks ------------------------------------------------------------------------------------------


def test_the_plan_is_said_first_by_page_api_and_command_and_changes_nothing(undoing: Undoing) -> None:
    from tests.commands import inside

    undoing.do("mail", "send", MAIL)
    undoing.book()
    client, home = client_of(undoing.kernel), undoing.kernel.settings.home
    assert f"/cases/{undoing.case_id}/rollback" in client.get(f"/cases/{undoing.case_id}").text
    page = client.get(f"/cases/{undoing.case_id}/rollback").text
    assert "This stays, whatever is done" in page and "cannot be taken back" in page
    plan = client.get(f"/api/cases/{undoing.case_id}/rollback").json()
    assert [(step["does"], step["undo"]) for step in plan["steps"]] == [
        ("undo", "move"),
        ("undo", "cancel"),
        ("follow up", "send"),
    ]
    said = inside(home, "cases", "rollback", undoing.case_id, "--plan")
    assert said.returncode == 0 and "cannot be taken back" in said.stdout
    assert undoing.case.rollback == 0


def test_the_page_the_api_and_the_command_start_it(kernel: Kernel) -> None:
    from tests.commands import inside

    by_page, by_api, by_command = (open_case(kernel, f"{name}@x.example") for name in ("page", "api", "command"))
    client = client_of(kernel)
    assert post(client, f"/cases/{by_page.case_id}/rollback").status_code == 303
    answer = client.post(f"/api/cases/{by_api.case_id}/rollback", headers={"Origin": "http://127.0.0.1:8400"})
    assert answer.status_code == 200 and answer.json()["rollback"] > 0
    said = inside(kernel.settings.home, "cases", "rollback", by_command.case_id, "--yes", "--json")
    assert said.returncode == 0, said.stderr
    for each in (by_page, by_api, by_command):
        assert each.to_the_end().outcome == "rolled_back"
    again = client.post(f"/api/cases/{by_api.case_id}/rollback", headers={"Origin": "http://127.0.0.1:8400"})
    assert again.status_code == 409
