"""No case is left looking busy: one without a run gets another, and one that no run gets further says so."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from assets.asked import asked_config
from assets.lead_intake import LEAD_INTAKE_CHAIN
from sensors.events import events_sensor
from sensors.stranded import stranded_sensor
from tests.company import Company, found_company
from tests.scheduler import Scheduler, cases_of


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    yield company
    company.kernel.close()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


class Watch:
    """Ticks the sensor, a minute apart, with its cursor."""

    def __init__(self, company: Company, instance: dg.DagsterInstance) -> None:
        self.company, self.instance = company, instance
        self.cursor: str | None = None

    def tick(self) -> list[dg.RunRequest]:
        resources = {"kernel": self.company.kernel}
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor, resources=resources)
        result = stranded_sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        self.company.kernel.clock.advance(seconds=61)  # pyright: ignore
        return list(result.run_requests or [])


def ended(instance: dg.DagsterInstance, request: dg.RunRequest) -> None:
    """The run that was asked for was made, and died."""
    create_run_for_test(
        instance, tags=dict(request.tags), run_config=dict(request.run_config), status=DagsterRunStatus.FAILURE
    )


def receive(company: Company, instance: dg.DagsterInstance, number: int) -> list[str]:
    cases = [
        company.mail(f"Lead {at} needs a website soon.", id=f"m{at}", email=f"l{at}@x.example") for at in range(number)
    ]
    instance.add_dynamic_partitions(str(LEAD_INTAKE_CHAIN.partitions.name), cases)
    return cases


def test_a_case_whose_runs_died_gets_one_more_and_then_says_that_it_failed(
    company: Company, instance: dg.DagsterInstance
) -> None:
    [case_id] = receive(company, instance, 1)
    watch = Watch(company, instance)
    assert not watch.tick()  # its run may just be on its way
    [request] = watch.tick()
    assert request.partition_key == case_id
    ended(instance, request)
    assert not watch.tick()
    failed = company.case(case_id)
    assert (failed.status, bool(failed.reason), bool(failed.remedy)) == ("failed", True, True)
    assert not watch.tick()

    company.kernel.cases.retry(case_id, actor="owner")
    assert not watch.tick()
    [again] = watch.tick()
    assert again.run_key != request.run_key


def test_a_case_that_a_run_works_on_is_left_alone(company: Company, instance: dg.DagsterInstance) -> None:
    first, middle, last, outside = receive(company, instance, 4)
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    create_run_for_test(instance, tags=tags, status=DagsterRunStatus.STARTED)
    watch = Watch(company, instance)
    watch.tick()
    assert [request.partition_key for request in watch.tick()] == [outside]
    assert company.case(middle).status == "open"


def test_a_case_that_a_run_names_among_others_is_left_alone(company: Company, instance: dg.DagsterInstance) -> None:
    first, outside, last = receive(company, instance, 3)
    named = asked_config("lead_intake", {first: 1, last: 3})
    create_run_for_test(instance, run_config=named, status=DagsterRunStatus.STARTED)
    watch = Watch(company, instance)
    watch.tick()
    assert [request.partition_key for request in watch.tick()] == [outside]


def test_a_case_that_is_held_back_until_there_is_room_in_the_queue_is_not_stranded(
    company: Company, instance: dg.DagsterInstance
) -> None:
    scheduler = Scheduler(company, instance)
    receive(company, instance, 2)
    scheduler.tick(events_sensor)
    company.mail("One more lead needs a website soon.", id="late", email="late@x.example")
    assert not scheduler.tick(events_sensor)
    watch = Watch(company, instance)
    watch.tick()
    assert not watch.tick()


def test_cases_whose_run_died_go_together_once_more_and_then_each_says_that_it_failed(
    company: Company, instance: dg.DagsterInstance
) -> None:
    cases = receive(company, instance, 3)
    watch = Watch(company, instance)
    watch.tick()
    [request] = watch.tick()
    assert sorted(cases_of(request)) == cases
    ended(instance, request)
    assert not watch.tick()
    assert {company.case(case_id).status for case_id in cases} == {"failed"}


def test_a_case_that_is_held_or_at_its_end_is_not_stranded(company: Company, instance: dg.DagsterInstance) -> None:
    held, ended = receive(company, instance, 2)
    company.kernel.cases.pause(held, actor="owner")
    company.kernel.answers.cancel_case(ended, "owner")
    watch = Watch(company, instance)
    watch.tick()
    assert not watch.tick()
