"""The step wrapper: turns the steps of a process into assets that carry many cases in one run.

One op takes each case through the whole chain, so that a case that fails or waits holds up nobody else. What a case
has made is reported partition by partition, and what waits stays missing. A failed run would show all that is missing
as failed; so a case that fails among others is tried once more in a run of its own, and that run fails alone.
"""

from collections.abc import Iterator, Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from aios.kernel import Kernel
from aios.money import MICROS
from aios.processes.process import Process, Step
from aios.processes.runner import Runner, StepResult

BY_THEMSELVES = 20
"""Failed cases of one run that are tried again by themselves; where more fail, the fault is not theirs."""


def process_assets(process: Process, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The chain of a process as software-defined assets, one per step, partitioned by case."""
    name = process.info.name

    @dg.multi_asset(
        name=name,
        specs=[_spec(process, step, partitions) for step in process.steps],
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def chain(context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]) -> Iterator[dg.Output[None]]:
        selected = {key.to_user_string() for key in context.selected_asset_keys}
        reporter = Reporter(context, kernel)
        Runner(kernel, process).run_cases(context.partition_keys, selected, context.run.run_id, reporter.report)
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


class Reporter:
    """Tells Dagster what became of each case, as it happens."""

    def __init__(self, context: dg.AssetExecutionContext, kernel: Kernel) -> None:
        self.context = context
        self.kernel = kernel
        self.failed: list[StepResult] = []

    def report(self, case_id: str, results: list[StepResult]) -> None:
        """Materialize what the case has made, and log what it waits for."""
        for result in results:
            if result.artifact is not None:
                self._materialize(result)
            elif result.state == "waiting":
                self.context.log.info(f"{case_id} waits at {result.step.name}.")
            else:
                self.failed.append(result)

    def finish(self) -> None:
        """Where cases failed: try a few by themselves, or fail the run; the others are safe by now."""
        if not self.failed:
            return
        if len(self.context.partition_keys) > 1 and len(self.failed) <= BY_THEMSELVES:
            for result in self.failed:
                self._try_by_itself(result)
            return
        named = ", ".join(f"{result.case_id} at {result.step.name}" for result in self.failed[:20])
        more = f" and {len(self.failed) - 20} more" if len(self.failed) > 20 else ""
        raise dg.Failure(
            f"{len(self.failed)} case(s) failed: {named}{more}. The reasons are on their pages.",
            metadata={result.case_id: self._link(result.case_id) for result in self.failed[:20]},
            allow_retries=False,
        )

    def _try_by_itself(self, result: StepResult) -> None:
        with self.kernel.database.write() as tx:
            if self.kernel.cases.get(tx, result.case_id).status == "closed":
                self.context.log.error(f"{result.case_id}, which is closed, failed at {result.step.name}.")
                return
            self.context.log.warning(f"{result.case_id} failed at {result.step.name}; it is tried again by itself.")
            self.kernel.cases.continue_(tx, result.case_id, result.step.name, "it failed beside others")

    def _materialize(self, result: StepResult) -> None:
        self.context.log_event(
            dg.AssetMaterialization(
                result.step.name,
                partition=result.case_id,
                metadata=self._metadata(result),
                tags=self._tags(result),
            )
        )

    def _link(self, case_id: str) -> dg.UrlMetadataValue:
        return dg.MetadataValue.url(f"{self.kernel.settings.workspace_url}/cases/{case_id}")

    def _metadata(self, result: StepResult) -> dict[str, dg.MetadataValue]:
        said, artifact = result.provenance, result.artifact
        numbers = {
            "confidence": said.get("confidence"),
            "cost_usd": said.get("cost_micros", 0) / MICROS,
            "tokens": said.get("tokens_in", 0) + said.get("tokens_out", 0),
            "version": artifact.version if artifact else 0,
            "changed_fields": len(artifact.delta) if artifact else 0,
        }
        words = {
            "state": result.state,
            "tier": said.get("tier"),
            "model": said.get("model"),
            "agent": said.get("agent") and f"{said['agent']}@{said['agent_version']}",
            "process_version": said.get("process_version"),
            "delta": _fields(artifact.delta if artifact else ()),
            "ending": said.get("ending"),
        }
        return {
            "case": self._link(result.case_id),
            **{key: dg.MetadataValue.float(float(value)) for key, value in numbers.items() if value is not None},
            **{key: dg.MetadataValue.text(str(value)) for key, value in words.items() if value},
        }

    def _tags(self, result: StepResult) -> dict[str, str]:
        """The tags by which Dagster tells what is out of date: our code version, content digest, and inputs."""
        tags = {
            "dagster/code_version": result.step.code_version,
            "dagster/data_version": result.artifact.blob if result.artifact else "",
            "dagster/data_version_is_user_provided": "true",
        }
        for name in result.step.inputs:
            record = self.context.instance.get_latest_data_version_record(
                dg.AssetKey(name), partition_key=result.case_id
            )
            if record is None or record.asset_materialization is None:
                continue
            version = (record.asset_materialization.tags or {}).get("dagster/data_version", "")
            tags[f"dagster/input_data_version/{name}"] = version
            tags[f"dagster/input_event_pointer/{name}"] = str(record.storage_id)
        return tags


def _fields(delta: Sequence[dict[str, object]]) -> str:
    return ", ".join(str(change["field"]) for change in delta)
