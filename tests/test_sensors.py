"""The sensors: what is new or due goes together in few runs, and nothing is skipped or repeated."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus

from aios.effects import switches
from assets.lead_intake import LEAD_INTAKE_CHAIN
from assets.reporter import BESIDE_OTHERS
from sensors import requests
from sensors.effects import effects_sensor
from sensors.events import events_sensor
from tests.company import Company, found_company
from tests.scheduler import Scheduler, cases_of

ASKS = "We need a website of six pages. How much is it?"
QUEUED, STARTED, SUCCESS = DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    yield company
    company.kernel.close()


@pytest.fixture
def scheduler(company: Company) -> Iterator[Scheduler]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Scheduler(company, instance)


def receive(company: Company, number: int, first: int = 1) -> list[str]:
    return [
        company.mail(f"Lead number {index} needs a website soon.", id=f"m{index}", email=f"l{index}@x.example")
        for index in range(first, first + number)
    ]


def selected(request: dg.RunRequest) -> list[str]:
    """The assets that the run selects, where it has a partition of its own."""
    return [key.to_user_string() for key in request.asset_selection or []]


def first_step(request: dg.RunRequest) -> str:
    return request.run_config["ops"]["lead_intake"]["config"]["first"]


def test_new_cases_go_together_in_one_run_and_each_becomes_a_partition(company: Company, scheduler: Scheduler) -> None:
    cases = receive(company, 5)
    [request] = scheduler.tick(events_sensor)
    assert (cases_of(request), request.partition_key) == (cases, None)
    assert scheduler.instance.get_dynamic_partitions(str(LEAD_INTAKE_CHAIN.partitions.name)) == cases


def test_a_case_alone_has_its_run_in_its_own_partition(company: Company, scheduler: Scheduler) -> None:
    [case_id] = receive(company, 1)
    [request] = scheduler.tick(events_sensor)
    assert (cases_of(request), request.partition_key) == ([case_id], case_id)


def test_a_burst_becomes_a_few_runs_of_bounded_size(
    company: Company, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "CASES_PER_RUN", 4)
    cases = receive(company, 10)
    asked = scheduler.tick(events_sensor)
    assert [len(cases_of(request)) for request in asked] == [4, 4, 2]
    assert [case_id for request in asked for case_id in cases_of(request)] == cases


def test_while_new_cases_wait_in_the_queue_the_next_ones_wait_in_the_log(
    company: Company, scheduler: Scheduler
) -> None:
    receive(company, 2)
    assert scheduler.tick(events_sensor)
    later = receive(company, 2, first=3)
    assert not scheduler.tick(events_sensor)
    later += receive(company, 2, first=5)
    scheduler.move(QUEUED, STARTED)
    [request] = scheduler.tick(events_sensor)
    assert cases_of(request) == later


def test_what_the_owner_asks_for_does_not_wait_for_room_and_goes_first(company: Company, scheduler: Scheduler) -> None:
    [case_id, *_] = receive(company, 2)
    scheduler.tick(events_sensor)
    company.kernel.cases.retry(case_id, actor="owner", step="lead_reply")
    [request] = scheduler.tick(events_sensor)
    assert (cases_of(request), selected(request)) == ([case_id], ["lead_reply"])
    assert request.tags["dagster/priority"] == "1"


def test_the_cursor_neither_skips_nor_repeats(company: Company, scheduler: Scheduler) -> None:
    receive(company, 2)
    scheduler.tick(events_sensor)
    scheduler.move(QUEUED, STARTED)
    assert not scheduler.tick(events_sensor)
    receive(company, 1, first=3)
    [request] = scheduler.tick(events_sensor)
    assert request.partition_key == "lead-0003"


def test_a_tick_that_was_lost_is_made_again_as_it_was_and_what_came_since_follows(
    company: Company, scheduler: Scheduler
) -> None:
    receive(company, 3)
    lost = scheduler.tick(events_sensor, lost_after=1)
    receive(company, 1, first=4)
    assert scheduler.tick(events_sensor) == lost
    assert len(scheduler.runs()) == 1
    scheduler.move(QUEUED, STARTED)
    [request] = scheduler.tick(events_sensor)
    assert cases_of(request) == ["lead-0004"]


def test_cases_continued_from_the_same_step_go_together(company: Company, scheduler: Scheduler) -> None:
    cases = receive(company, 3)
    scheduler.tick(events_sensor)
    for case_id, step in zip(cases, ("lead_reply", "lead", "lead_reply"), strict=True):
        company.kernel.cases.retry(case_id, actor="owner", step=step)
    asked = {tuple(cases_of(request)): first_step(request) for request in scheduler.tick(events_sensor)}
    assert asked == {("lead-0001", "lead-0003"): "lead_reply", ("lead-0002",): "lead"}


def test_cases_that_failed_beside_others_are_tried_apart(company: Company, scheduler: Scheduler) -> None:
    cases = receive(company, 2)
    scheduler.tick(events_sensor)
    for case_id in cases:
        with company.kernel.database.write() as tx:
            company.kernel.cases.continue_(tx, case_id, "lead", BESIDE_OTHERS)
    assert [request.partition_key for request in scheduler.tick(events_sensor)] == cases


def test_feedback_runs_from_the_drafter_on(company: Company, scheduler: Scheduler) -> None:
    company.learn()
    case_id = company.mail(ASKS)
    scheduler.tick(events_sensor)
    company.work()
    company.answer(case_id, "revise", note="shorter")
    [request] = scheduler.tick(events_sensor)
    assert request.partition_key == case_id
    assert selected(request) == ["lead_reply_draft", "lead_reply"]


def wait_for_the_owner(company: Company, number: int) -> list[str]:
    company.learn()
    cases = [company.mail(f"{ASKS} {at}", id=f"m{at}", email=f"l{at}@x.example") for at in range(number)]
    company.work()
    return cases


def test_an_approved_effect_is_run_when_its_undo_window_is_over(company: Company, scheduler: Scheduler) -> None:
    [case_id] = wait_for_the_owner(company, 1)
    company.answer(case_id)
    assert not scheduler.tick(effects_sensor)
    company.kernel.clock.advance(seconds=60)
    [request] = scheduler.tick(effects_sensor)
    assert request.partition_key == case_id
    assert selected(request) == ["lead_reply"]


def test_effects_due_at_the_same_tick_go_together_and_each_is_asked_for_once(
    company: Company, scheduler: Scheduler
) -> None:
    first, second, third = wait_for_the_owner(company, 3)
    company.answer(first)
    company.answer(second)
    company.kernel.clock.advance(seconds=60)
    company.answer(third)
    [request] = scheduler.tick(effects_sensor, lost_after=1)
    assert cases_of(request) == [first, second]
    assert not scheduler.tick(effects_sensor)
    company.kernel.clock.advance(seconds=60)
    [request] = scheduler.tick(effects_sensor)
    assert cases_of(request) == [third]
    assert len(scheduler.runs()) == 2


def test_a_rollback_goes_on_in_runs_as_any_work_does(company: Company, scheduler: Scheduler) -> None:
    [case_id] = wait_for_the_owner(company, 1)
    company.answer(case_id)
    company.pass_undo_window()
    scheduler.tick(events_sensor)
    company.kernel.rollback.start(case_id, "owner")
    [request] = scheduler.tick(events_sensor)
    assert cases_of(request) == [case_id]
    company.work()
    company.answer(case_id)
    company.kernel.clock.advance(seconds=60)
    [request] = scheduler.tick(effects_sensor)
    assert cases_of(request) == [case_id]
    company.work()
    assert company.case(case_id).outcome == "rolled_back" and len(company.outbox()) == 2


def test_a_run_that_did_not_help_is_asked_for_again_but_not_while_it_waits(
    company: Company, scheduler: Scheduler
) -> None:
    [case_id] = wait_for_the_owner(company, 1)
    company.answer(case_id)
    company.kernel.clock.advance(minutes=1)
    assert scheduler.tick(effects_sensor)
    company.kernel.clock.advance(minutes=10)
    assert not scheduler.tick(effects_sensor)
    scheduler.move(QUEUED, SUCCESS)
    assert scheduler.tick(effects_sensor)
    assert len(scheduler.runs()) == 2


def test_overdue_decisions_expire_without_a_run(company: Company, scheduler: Scheduler) -> None:
    [case_id] = wait_for_the_owner(company, 1)
    company.kernel.clock.advance(days=30)
    assert not scheduler.tick(effects_sensor)
    assert company.case(case_id).waiting_on == "owner"


def test_what_a_stop_switch_held_back_in_its_run_goes_on_as_soon_as_it_is_released(
    company: Company, scheduler: Scheduler
) -> None:
    [case_id] = wait_for_the_owner(company, 1)
    company.answer(case_id)
    company.kernel.clock.advance(seconds=60)
    [before] = scheduler.tick(effects_sensor)
    switches.stop(company.kernel.log, switches.ALL, "owner")
    company.work()  # the run that was asked for meets the switch
    scheduler.move(QUEUED, SUCCESS)
    assert not scheduler.tick(effects_sensor)
    switches.release(company.kernel.log, switches.ALL, "owner")
    [after] = scheduler.tick(effects_sensor)
    assert after.run_key != before.run_key  # Dagster starts each key once
