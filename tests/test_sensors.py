"""The sensors: new cases go together as one range, nothing is skipped or repeated, and what is due goes on."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from aios.effects import switches
from assets.partitions import CASES
from sensors.effects import effects_sensor
from sensors.events import RANGE_END, RANGE_START, events_sensor
from tests.company import Company, found_company


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    yield company
    company.kernel.close()


def tick(company: Company, sensor: dg.SensorDefinition, cursor: str | None = None) -> dg.SensorResult:
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"kernel": company.kernel})
        result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


def receive(company: Company, number: int, first: int = 1) -> list[str]:
    return [
        company.mail(f"Lead number {index} needs a website soon.", id=f"m{index}", email=f"l{index}@x.example")
        for index in range(first, first + number)
    ]


def test_new_cases_are_one_run_over_their_range(company: Company) -> None:
    cases = receive(company, 5)
    result = tick(company, events_sensor)
    [request] = result.run_requests or []
    assert (request.tags[RANGE_START], request.tags[RANGE_END]) == (cases[0], cases[-1])
    [added] = result.dynamic_partitions_requests or []
    assert (added.partitions_def_name, list(added.partition_keys)) == (CASES, cases)


def test_the_cursor_neither_skips_nor_repeats(company: Company) -> None:
    receive(company, 2)
    first = tick(company, events_sensor)
    assert not tick(company, events_sensor, first.cursor).run_requests
    receive(company, 1, first=3)
    [request] = tick(company, events_sensor, first.cursor).run_requests or []
    assert request.partition_key == "lead-0003"


def test_a_tick_that_was_lost_asks_for_the_same_runs_again(company: Company) -> None:
    receive(company, 3)
    keys = [[request.run_key for request in tick(company, events_sensor).run_requests or []] for _ in range(2)]
    assert keys[0] == keys[1]


def test_feedback_runs_from_the_drafter_on(company: Company) -> None:
    company.learn()
    case_id = company.mail("We need a website of six pages. How much is it?")
    cursor = tick(company, events_sensor).cursor
    company.work()
    company.answer(case_id, "revise", note="shorter")
    [request] = tick(company, events_sensor, cursor).run_requests or []
    assert request.partition_key == case_id
    assert [key.to_user_string() for key in request.asset_selection or []] == ["lead_reply_draft", "lead_reply"]


def test_an_approved_effect_is_run_when_its_undo_window_is_over(company: Company) -> None:
    company.learn()
    case_id = company.mail("We need a website of six pages. How much is it?")
    company.work()
    company.answer(case_id)
    assert not tick(company, effects_sensor).run_requests
    company.kernel.clock.advance(seconds=60)
    [request] = tick(company, effects_sensor).run_requests or []
    assert request.partition_key == case_id
    assert [key.to_user_string() for key in request.asset_selection or []] == ["lead_reply"]


def test_overdue_decisions_expire_without_a_run(company: Company) -> None:
    company.learn()
    case_id = company.mail("We need a website of six pages. How much is it?")
    company.work()
    company.kernel.clock.advance(days=30)
    assert not tick(company, effects_sensor).run_requests
    assert company.case(case_id).waiting_on == "owner"


def test_what_a_stop_switch_held_back_in_its_run_goes_on_as_soon_as_it_is_released(company: Company) -> None:
    company.learn()
    case_id = company.mail("We need a website of six pages. How much is it?")
    company.work()
    company.answer(case_id)
    company.kernel.clock.advance(seconds=60)
    [before] = tick(company, effects_sensor).run_requests or []
    switches.stop(company.kernel.log, switches.ALL, "owner")
    company.work()  # the run that was asked for meets the switch
    assert not tick(company, effects_sensor).run_requests
    switches.release(company.kernel.log, switches.ALL, "owner")
    [after] = tick(company, effects_sensor).run_requests or []
    assert after.run_key != before.run_key  # Dagster starts each key once
