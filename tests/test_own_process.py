"""A process of one's own: declared once, it has assets, partitions, runs and a place in the queue."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from pydantic import BaseModel

from aios.cases.process import PROCESSES, ProcessInfo, prefix_of
from aios.errors import ApprovalRequired
from aios.events.catalog import WebhookReceived
from aios.events.event import NewEvent
from aios.processes.context import StepContext
from aios.processes.process import Process
from assets.chains import CHAINS
from assets.steps import Chain, process_chain
from sensors.effects import effects_sensor
from sensors.events import events_sensor
from sensors.stranded import stranded_sensor
from tests.company import Company, found_company
from tests.scheduler import Scheduler

GIG = ProcessInfo(name="gig", version="1", prefix="gig", trigger="webhook.received", steps=("gig", "gig_answer"))


class Said(BaseModel):
    text: str


def own() -> Process:
    made = Process(GIG)

    @made.step()
    def gig(step: StepContext) -> Said:
        """What was asked for."""
        return Said(text=step.trigger.payload.kind)

    @made.step()
    def gig_answer(step: StepContext, gig: Said) -> Said:
        """Waits for the owner the first time."""
        if step.case.status == "open":
            raise ApprovalRequired("The owner decides first.")
        return Said(text=gig.text.upper())

    return made


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> Chain:
    made = process_chain(own())
    monkeypatch.setitem(PROCESSES, GIG.name, GIG)
    monkeypatch.setitem(CHAINS, GIG.prefix, made)
    return made


@pytest.fixture
def company(home: Path, chain: Chain) -> Iterator[Company]:
    company = found_company(home)
    yield company
    company.kernel.close()


@pytest.fixture
def scheduler(company: Company) -> Iterator[Scheduler]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Scheduler(company, instance)


def ask(company: Company, name: str) -> str:
    kernel = company.kernel
    with kernel.database.write() as tx:
        case_id = kernel.cases.next_id(tx, GIG.name)
        said = WebhookReceived(sender="gigs", delivery_id=name, kind=name, blob="", size=0)
        event = kernel.log.append(tx, NewEvent("webhook/gigs", said, case_id, "webhook:gigs", name)).event
        kernel.cases.open(tx, case_id, GIG.name, name, event.id)
    return case_id


def test_cases_of_two_processes_that_open_together_get_a_run_each_in_partitions_of_their_own(
    company: Company, scheduler: Scheduler, chain: Chain
) -> None:
    gigs = [ask(company, "a"), ask(company, "b")]
    lead = company.mail("We need a website.")
    found = {request.job_name: list(request.run_config["ops"]) for request in scheduler.tick(events_sensor)}
    assert found == {"gig_job": ["gig"], "lead_intake_job": ["lead_intake"]}
    assert scheduler.instance.get_dynamic_partitions(str(chain.partitions.name)) == gigs
    assert scheduler.instance.get_dynamic_partitions("lead_cases") == [lead]


def test_its_job_takes_a_case_through_its_steps_and_what_waits_is_tried_again(
    company: Company, scheduler: Scheduler, chain: Chain
) -> None:
    case_id = ask(company, "a")
    [request] = scheduler.tick(events_sensor)
    _run(company, scheduler, chain, request)
    assert company.output(case_id, "gig") == {"text": "a"}
    assert (company.case(case_id).status, company.case(case_id).waiting_on) == ("waiting", "decision")
    company.kernel.cases.retry(case_id, actor="owner", step="gig_answer")
    [again] = scheduler.tick(events_sensor)
    assert [key.to_user_string() for key in again.asset_selection or []] == ["gig_answer"]


def test_a_case_of_a_process_that_dagster_does_not_know_says_so_and_holds_up_nobody(
    company: Company, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = ask(company, "a")
    monkeypatch.delitem(CHAINS, GIG.prefix)
    lead = company.mail("We need a website.")
    assert [request.partition_key for request in scheduler.tick(events_sensor)] == [lead]
    assert not scheduler.tick(stranded_sensor)
    company.kernel.clock.advance(minutes=2)
    assert [request.partition_key for request in scheduler.tick(stranded_sensor)] == []
    failed = company.case(case_id)
    assert failed.status == "failed" and "does not know its process gig" in failed.reason


def test_every_sensor_of_cases_may_start_the_job_of_every_process() -> None:
    names = {chain.job.name for chain in CHAINS.values()}
    for sensor in (events_sensor, effects_sensor, stranded_sensor):
        assert {job.name for job in sensor.jobs} == names


def test_no_two_processes_share_a_prefix() -> None:
    prefixes = [info.prefix for info in PROCESSES.values()]
    assert len(set(prefixes)) == len(prefixes)
    assert [prefix_of(f"{prefix}-0001") for prefix in prefixes] == prefixes


def _run(company: Company, scheduler: Scheduler, chain: Chain, request: dg.RunRequest) -> None:
    resources = {"kernel": dg.ResourceDefinition.hardcoded_resource(company.kernel)}
    definitions = dg.Definitions(assets=[chain.assets], jobs=[chain.job], resources=resources)
    job = definitions.resolve_job_def(str(request.job_name))
    asked = {"run_config": request.run_config, "partition_key": request.partition_key}
    assert job.execute_in_process(instance=scheduler.instance, **asked).success
