"""Lead intake as one would write it on stock Dagster: an asset per step, a run per case, sensors that poll each second.

Each asset calls the very step that aios runs, for its one case, so that the work is the same and only the way to it
differs. `STOCK_EXECUTOR=in_process` takes Dagster's in-process executor in the place of its default.
"""

import os
from collections.abc import Iterator
from functools import lru_cache

import dagster as dg

from aios.events.catalog import CaseOpened
from aios.kernel import Kernel, open_kernel
from aios.processes.process import Step
from aios.processes.runner import Runner
from aios.settings import load_settings
from assets.lead_intake import LEAD_INTAKE_PROCESS

BATCH = 1000

cases = dg.DynamicPartitionsDefinition(name="cases")


@lru_cache(maxsize=1)
def kernel() -> Kernel:
    """The kernel of this process, opened when it is first needed."""
    return open_kernel(load_settings(os.environ))


def step_asset(step: Step) -> dg.AssetsDefinition:
    """A step as an asset of its own; where the case waits for the owner, nothing is materialized."""

    @dg.asset(
        name=step.name,
        deps=list(step.inputs),
        partitions_def=cases,
        code_version=step.code_version,
        output_required=False,
    )
    def made(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        [result] = Runner(kernel(), LEAD_INTAKE_PROCESS).run_case(
            context.partition_key, {step.name}, context.run.run_id
        )
        if result.state == "failed":
            raise dg.Failure(f"{result.case_id} failed: {result.reason}")
        if result.artifact is not None:
            yield dg.MaterializeResult(metadata={"version": result.artifact.version, "state": result.state})

    return made


chain = [step_asset(step) for step in LEAD_INTAKE_PROCESS.steps]
chain_job = dg.define_asset_job("chain_job", selection=dg.AssetSelection.assets(*chain))


@dg.sensor(job=chain_job, minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def opened_cases(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run of the whole chain for each case that has opened."""
    after = int(context.cursor or 0)
    with kernel().database.read() as connection:
        found = kernel().log.read(connection, after=after, types=("case.opened",), limit=BATCH)
    opened = [event.payload.case_id for event in found if isinstance(event.payload, CaseOpened)]
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=case_id, partition_key=case_id) for case_id in opened],
        dynamic_partitions_requests=[cases.build_add_request(opened)] if opened else [],
        cursor=str(found[-1].position if found else after),
    )


@dg.sensor(job=chain_job, minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def approved_effects(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """A run of the last step for each effect that was approved."""
    after = int(context.cursor or 0)
    with kernel().database.read() as connection:
        found = kernel().log.read(connection, after=after, types=("effect.approved",), limit=BATCH)
    last = LEAD_INTAKE_PROCESS.steps[-1].name
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=event.id, partition_key=event.case_id, asset_selection=[dg.AssetKey(last)])
            for event in found
        ],
        cursor=str(found[-1].position if found else after),
    )


defs = dg.Definitions(
    assets=chain,
    jobs=[chain_job],
    sensors=[opened_cases, approved_effects],
    executor=dg.in_process_executor if os.environ.get("STOCK_EXECUTOR") == "in_process" else None,
)
