"""The step wrapper in a real Dagster instance: ranges, isolation per case, staleness, re-runs, metadata."""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
import pytest
from pydantic import BaseModel

from aios.cases.process import LEAD_INTAKE
from aios.errors import ApprovalRequired
from aios.kernel import Kernel
from aios.processes.context import StepContext
from aios.processes.process import Process
from assets.asked import asked_config
from assets.partitions import case_partitions
from assets.steps import process_chain
from tests.company import Company, found_company

RANGE = {"dagster/asset_partition_range_start": "lead-0001", "dagster/asset_partition_range_end": "lead-0003"}

LEAD_CASES = case_partitions(LEAD_INTAKE)


class Said(BaseModel):
    text: str


def process(version: str = "1", text: str = "") -> Process:
    """Two steps: the first fails for Tom, the second waits for Una."""
    made = Process(replace(LEAD_INTAKE, version=version))

    @made.step()
    def lead(step: StepContext) -> Said:
        name = step.trigger.payload.sender.name
        if name == "Tom":
            raise ValueError("Tom's secret address is tom@secret.example")
        return Said(text=f"{name}{text}")

    @made.step()
    def lead_reply(step: StepContext, lead: Said) -> Said:
        if lead.text.startswith("Una"):
            raise ApprovalRequired("The owner decides first.")
        return Said(text=f"Dear {lead.text}")

    return made


def definitions(of: Process, kernel: Kernel) -> dg.Definitions:
    chain = process_chain(of)
    return dg.Definitions(
        assets=[chain.assets],
        jobs=[chain.job],
        resources={"kernel": dg.ResourceDefinition.hardcoded_resource(kernel)},
    )


@pytest.fixture
def company(home) -> Iterator[Company]:
    company = found_company(home)
    for number, name in enumerate(("Ana", "Tom", "Una"), 1):
        company.mail(f"Hello, I am {name} and I need a site.", name=name, email=f"{name}@x.example", id=f"m{number}")
    yield company
    company.kernel.close()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        instance.add_dynamic_partitions(str(LEAD_CASES.name), ["lead-0001", "lead-0002", "lead-0003"])
        yield instance


def run(company: Company, instance: dg.DagsterInstance, of: Process, **given) -> dg.ExecuteInProcessResult:
    job = definitions(of, company.kernel).resolve_job_def("lead_intake_job")
    return job.execute_in_process(instance=instance, raise_on_error=False, **({"tags": RANGE} | given))


def materialized(instance: dg.DagsterInstance, asset: str) -> set[str]:
    return set(instance.get_materialized_partitions(dg.AssetKey(asset)))


def test_a_failing_case_does_not_hold_up_its_neighbours(company: Company, instance: dg.DagsterInstance) -> None:
    run(company, instance, process())
    assert materialized(instance, "lead") == {"lead-0001", "lead-0003"}
    assert materialized(instance, "lead_reply") == {"lead-0001"}
    assert company.case("lead-0003").status == "waiting"
    assert not by_itself(company, instance, "lead-0002").success
    assert company.case("lead-0002").status == "failed"


def test_a_backfill_that_fails_opens_no_closed_case_again(company: Company, instance: dg.DagsterInstance) -> None:
    company.kernel.answers.cancel_case("lead-0002", "owner")
    assert run(company, instance, process()).success
    assert company.case("lead-0002").outcome == "cancelled"
    assert not run(company, instance, process(), tags=None, partition_key="lead-0002").success
    assert company.case("lead-0002").status == "closed"


def by_itself(company: Company, instance: dg.DagsterInstance, case_id: str) -> dg.ExecuteInProcessResult:
    """The run that the events sensor starts for a case that failed beside others."""
    with company.kernel.database.read() as connection:
        asked = company.kernel.log.read(connection, types=("case.continued",), case_id=case_id)
    assert [event.payload.step for event in asked] == ["lead"]
    return run(company, instance, process(), tags=None, partition_key=case_id)


def failed(instance: dg.DagsterInstance, asset: str) -> set[str]:
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

    found = get_and_update_asset_status_cache_value(instance, dg.AssetKey(asset), LEAD_CASES, instance)
    assert found is not None
    return set(found.deserialize_failed_partition_subsets(LEAD_CASES).get_partition_keys())


def test_in_dagster_a_failed_case_is_failed_and_a_waiting_one_is_missing(
    company: Company, instance: dg.DagsterInstance
) -> None:
    run(company, instance, process())
    by_itself(company, instance, "lead-0002")
    assert failed(instance, "lead") == {"lead-0002"}
    assert failed(instance, "lead_reply") == {"lead-0002"}


def test_nothing_personal_reaches_dagster(company: Company, instance: dg.DagsterInstance) -> None:
    run(company, instance, process())
    result = by_itself(company, instance, "lead-0002")
    logged = "\n".join(str(entry) for entry in instance.all_logs(result.run_id))
    assert "lead-0002 at lead" in logged
    assert "tom@secret.example" not in logged and "Ana@x.example" not in logged


def test_each_partition_has_its_metadata_and_a_link_to_its_case(company: Company, instance: dg.DagsterInstance) -> None:
    run(company, instance, process())
    [record] = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("lead"), asset_partitions=["lead-0001"]), limit=5
    ).records
    metadata = record.asset_materialization.metadata
    assert metadata["case"].value.endswith("/cases/lead-0001")
    assert metadata["version"].value == 1.0
    assert metadata["cost_usd"].value == 0.0


def test_one_case_and_one_step_can_be_run_again(company: Company, instance: dg.DagsterInstance) -> None:
    run(company, instance, process())
    again = run(
        company, instance, process(), tags=None, partition_key="lead-0001", asset_selection=[dg.AssetKey("lead_reply")]
    )
    assert again.success
    records = instance.fetch_materializations(dg.AssetKey("lead_reply"), limit=10).records
    assert [record.partition_key for record in records] == ["lead-0001", "lead-0001"]
    assert company.kernel.artifacts.latest is not None
    with company.kernel.database.read() as connection:
        assert company.kernel.artifacts.latest(connection, "lead-0001", "lead_reply").version == 1


NAMED = {"run_config": asked_config("lead_intake", {"lead-0001": 1, "lead-0003": 3}), "tags": None}
"""A run of two cases that have no contiguous range."""


@pytest.mark.parametrize("batch", ["0", "100"])
def test_cases_that_a_run_names_are_materialized_in_their_own_partitions(
    company: Company, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, batch: str
) -> None:
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", batch)
    assert run(company, instance, process(), **NAMED).success
    assert materialized(instance, "lead") == {"lead-0001", "lead-0003"}
    assert materialized(instance, "lead_reply") == {"lead-0001"}
    assert failed(instance, "lead") == failed(instance, "lead_reply") == set()
    assert company.case("lead-0002").status == "open"
    assert stale(instance, process(), company.kernel, "lead_reply") == "FRESH"
    assert stale(instance, process("2"), company.kernel, "lead_reply") == "STALE"


def test_a_case_that_fails_among_those_a_run_names_is_tried_by_itself(
    company: Company, instance: dg.DagsterInstance
) -> None:
    both = asked_config("lead_intake", {"lead-0001": 1, "lead-0002": 2})
    assert run(company, instance, process(), tags=None, run_config=both).success
    assert materialized(instance, "lead") == {"lead-0001"}
    assert not by_itself(company, instance, "lead-0002").success
    assert failed(instance, "lead") == {"lead-0002"}


def test_a_run_undoes_a_case_that_was_rolled_back_and_takes_its_neighbours_through_their_steps(
    company: Company, instance: dg.DagsterInstance
) -> None:
    company.kernel.rollback.start("lead-0001", "owner")
    assert run(company, instance, process(), **NAMED).success
    assert materialized(instance, "lead") == {"lead-0003"} and failed(instance, "lead") == set()
    assert company.case("lead-0001").outcome == "rolled_back"


def test_a_run_tells_dagster_of_each_output_once_and_says_the_rest_in_a_line(
    company: Company, instance: dg.DagsterInstance
) -> None:
    result = run(company, instance, process(), **NAMED)
    entries = instance.all_logs(result.run_id)
    types = [entry.dagster_event_type for entry in entries if entry.is_dagster_event]
    assert types.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == 3
    assert types.count(dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED) == 2  # one for each asset, none for a case
    said = [entry.user_message for entry in entries if not entry.is_dagster_event]
    assert said == ["1 case(s) wait: lead-0003 at lead_reply."]


def test_a_new_input_makes_what_was_made_of_it_out_of_date_also_where_runs_name_their_cases(
    company: Company, instance: dg.DagsterInstance
) -> None:
    first, second = process(), process("1", " (v2)")
    run(company, instance, first, **NAMED)
    run(company, instance, second, **NAMED, asset_selection=[dg.AssetKey("lead")])
    assert stale(instance, second, company.kernel, "lead_reply") == "STALE"
    rest = {"run_config": asked_config("lead_intake", {"lead-0001": 1, "lead-0003": 3}, "lead_reply"), "tags": None}
    assert run(company, instance, second, **rest).success
    assert len(instance.fetch_materializations(dg.AssetKey("lead"), limit=10).records) == 4
    assert stale(instance, second, company.kernel, "lead_reply") == "FRESH"


def stale(instance: dg.DagsterInstance, of: Process, kernel: Kernel, asset: str) -> str:
    from dagster._core.definitions.data_version import CachingStaleStatusResolver
    from dagster._core.loader import LoadingContextForTest

    graph = definitions(of, kernel).resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    return resolver.get_status(dg.AssetKey(asset), "lead-0001").value


def test_dagster_shows_what_an_upgrade_or_a_new_input_made_out_of_date(
    company: Company, instance: dg.DagsterInstance
) -> None:
    first, second = process(), process("2", " (v2)")
    run(company, instance, first)
    assert [stale(instance, first, company.kernel, name) for name in ("lead", "lead_reply")] == ["FRESH", "FRESH"]
    assert stale(instance, second, company.kernel, "lead") == "STALE"
    only_lead = {"tags": None, "partition_key": "lead-0001", "asset_selection": [dg.AssetKey("lead")]}
    run(company, instance, second, **only_lead)
    assert stale(instance, second, company.kernel, "lead") == "FRESH"
    assert stale(instance, second, company.kernel, "lead_reply") == "STALE"
    run(company, instance, second)
    assert stale(instance, second, company.kernel, "lead_reply") == "FRESH"
