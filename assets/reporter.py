"""`Reporter`: tells Dagster what became of the cases of a run, many at a time where there are many."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id

from aios.kernel import Kernel
from aios.money import MICROS
from aios.processes.process import Process
from aios.processes.runner import StepResult

TOGETHER = 50
"""Cases whose materializations are written in one go, a transaction for each step (see `DAGSTER_EVENT_BATCH_SIZE`)."""

AT_LEAST_EVERY = timedelta(seconds=1)
"""Cases that take longer are reported one by one, as each is done."""

BY_THEMSELVES = 20
"""Failed cases of one run that are tried again by themselves; where more fail, the fault is not theirs."""

BESIDE_OTHERS = "it failed beside others"
"""Why such a case is continued; it is then to have a run of its own."""


class Reporter:
    """Keeps what the cases have made until it is worth a transaction; says at the end what waits and what failed."""

    def __init__(self, context: dg.AssetExecutionContext, kernel: Kernel, process: Process, cases: int) -> None:
        self.context = context
        self.kernel = kernel
        self.process = process
        self.cases = cases
        self.failed: list[StepResult] = []
        self.waiting: list[StepResult] = []
        self._made: list[list[StepResult]] = []
        self._flushed = kernel.clock.now()

    def report(self, _case_id: str, results: list[StepResult]) -> None:
        """Take down what became of a case; Dagster hears of it at once, or with the cases beside it."""
        self._made.append([result for result in results if result.artifact is not None])
        self.waiting += [result for result in results if result.state == "waiting"]
        self.failed += [result for result in results if result.state == "failed"]
        late = self.kernel.clock.now() - self._flushed >= AT_LEAST_EVERY
        if late or len(self._made) >= min(TOGETHER, self.cases):
            self.flush()

    def flush(self) -> None:
        """Materialize what was taken down, step by step, so that each step can point at what was there before it."""
        made, self._made = self._made, []
        versions = {(one.case_id, one.step.name): one.artifact.blob for case in made for one in case if one.artifact}
        for step in self.process.steps:
            results = [result for case in made for result in case if result.step.name == step.name]
            if results:
                self._materialize(results, versions)
        self._flushed = self.kernel.clock.now()

    def finish(self) -> None:
        """Say what waits. Where cases failed: try a few by themselves, or fail the run; the others are safe by now."""
        if self.waiting:
            self.context.log.info(f"{len(self.waiting)} case(s) wait: {_counted(self.waiting)}.")
        if not self.failed:
            return
        if self.cases > 1 and len(self.failed) <= BY_THEMSELVES:
            for result in self.failed:
                self._try_by_itself(result)
            return
        more = f" and {len(self.failed) - 20} more" if len(self.failed) > 20 else ""
        raise dg.Failure(
            f"{len(self.failed)} case(s) failed: {_named(self.failed[:20])}{more}. The reasons are on their pages.",
            metadata={result.case_id: self._link(result.case_id) for result in self.failed[:20]},
            allow_retries=False,
        )

    def _try_by_itself(self, result: StepResult) -> None:
        with self.kernel.database.write() as tx:
            if self.kernel.cases.get(tx, result.case_id).status == "closed":
                self.context.log.error(f"{result.case_id}, which is closed, failed at {result.step.name}.")
                return
            self.context.log.warning(f"{result.case_id} failed at {result.step.name}; it is tried again by itself.")
            self.kernel.cases.continue_(tx, result.case_id, result.step.name, BESIDE_OTHERS)

    def _materialize(self, results: Sequence[StepResult], versions: dict[tuple[str, str], str]) -> None:
        """Report one step of some cases. Dagster keeps the batch together in memory until its last event is there."""
        inputs = self._input_tags(results, versions)
        step = self.context.op_execution_context.get_step_execution_context()
        batch, last = generate_event_batch_id(), results[-1]
        for result in results:
            made = dg.AssetMaterialization(
                result.step.name,
                partition=result.case_id,
                metadata=self._metadata(result),
                tags={**_own_tags(result), **inputs[result.case_id]},
            )
            DagsterEvent.asset_materialization(step, made, DagsterEventBatchMetadata(batch, result is last))

    def _input_tags(
        self, results: Sequence[StepResult], versions: dict[tuple[str, str], str]
    ) -> dict[str, dict[str, str]]:
        """By which Dagster tells that an input has changed: its content, and the newest event that can speak of it."""
        tags: dict[str, dict[str, str]] = defaultdict(dict)
        names = list(results[0].step.inputs)
        if not names:
            return tags
        pointer = str(self.context.instance.event_log_storage.get_maximum_record_id() or "NULL")
        with self.kernel.database.read() as connection:
            for result in results:
                for name in names:
                    key = (result.case_id, name)
                    if key not in versions and (found := self.kernel.artifacts.latest(connection, *key)):
                        versions[key] = found.blob
                    if key in versions:
                        tags[result.case_id][f"dagster/input_data_version/{name}"] = versions[key]
                        tags[result.case_id][f"dagster/input_event_pointer/{name}"] = pointer
        return tags

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


def _own_tags(result: StepResult) -> dict[str, str]:
    """By which Dagster tells what is out of date: our code version and the digest of the content."""
    return {
        "dagster/code_version": result.step.code_version,
        "dagster/data_version": result.artifact.blob if result.artifact else "",
        "dagster/data_version_is_user_provided": "true",
    }


def _fields(delta: Iterable[dict[str, object]]) -> str:
    return ", ".join(str(change["field"]) for change in delta)


def _named(results: Sequence[StepResult]) -> str:
    return ", ".join(f"{result.case_id} at {result.step.name}" for result in results)


def _counted(results: Sequence[StepResult]) -> str:
    """The cases by name where they are few, else how many there are at each step."""
    if len(results) <= BY_THEMSELVES:
        return _named(results)
    return ", ".join(f"{number} at {step}" for step, number in Counter(one.step.name for one in results).items())
