"""The step wrapper: turns the steps of a process into assets that carry many cases in one run.

Everything that Dagster knows of a process follows from its declaration, as a `Chain`.

One op takes each case through the whole chain, so that a case that fails or waits holds up nobody else. What a case
has made is reported partition by partition, and what waits stays missing. A failed run would show all that is missing
as failed; so a case that fails among others is tried once more in a run of its own, and that run fails alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from aios.kernel import Kernel
from aios.processes.process import Process, Step
from aios.processes.runner import Runner
from assets.asked import Asked
from assets.partitions import case_partitions
from assets.reporter import Reporter


@dataclass(frozen=True)
class Chain:
    """A process in Dagster: a partition for each case, an asset for each step, and the job that runs them."""

    process: Process
    partitions: dg.DynamicPartitionsDefinition
    assets: dg.AssetsDefinition
    job: UnresolvedAssetJobDefinition


def process_chain(process: Process) -> Chain:
    """What Dagster is to know of the process, once all its steps are declared."""
    partitions = case_partitions(process.info)
    return Chain(process, partitions, process_assets(process, partitions), process_job(process))


def process_assets(process: Process, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The chain of a process as software-defined assets, one per step, partitioned by case."""
    name = process.info.name

    @dg.multi_asset(
        name=name,
        specs=[_spec(process, step, partitions) for step in process.steps],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def chain(
        context: dg.AssetExecutionContext, config: Asked, kernel: dg.ResourceParam[Kernel]
    ) -> Iterator[dg.Output[None]]:
        selected = {key.to_user_string() for key in context.selected_asset_keys} & set(process.steps_from(config.first))
        cases = list(config.cases) or list(context.partition_keys)
        reporter = Reporter(context, kernel, process, len(cases))
        try:
            Runner(kernel, process).run_cases(cases, selected, context.run.run_id, reporter.report)
        finally:
            reporter.flush()
        reporter.finish()
        yield from ()

    return chain


def process_job(process: Process) -> UnresolvedAssetJobDefinition:
    """The one job of a process: every step, for whichever cases a run names."""
    return dg.define_asset_job(
        f"{process.info.name}_job",
        selection=dg.AssetSelection.assets(*[step.name for step in process.steps]),
        description=f"Takes cases of {process.info.name} through all their steps.",
        executor_def=dg.in_process_executor,
    )


def _spec(process: Process, step: Step, partitions: dg.PartitionsDefinition) -> dg.AssetSpec:
    return dg.AssetSpec(
        step.name,
        deps=list(step.inputs),
        description=step.description,
        code_version=step.code_version,
        group_name=process.info.name,
        skippable=True,
        partitions_def=partitions,
        kinds={"python", *(["llm"] if step.agents else [])},
        owners=["team:owner"],
        metadata={"agents": ", ".join(agent.code_version for agent in step.agents) or "none"},
    )
