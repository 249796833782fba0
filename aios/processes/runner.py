"""`Runner`: take one case through steps of its process, keep what they make, and say where it stands."""

import logging
import traceback
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy.engine import Connection

from aios.cases.artifacts import Artifact, Newest
from aios.cases.cases import ROLLBACK, ROLLED_BACK, Case
from aios.decisions.decisions import ANSWER, ASK_FOR, Question
from aios.decisions.shown import Evidence, Shown
from aios.errors import AiosError, ApprovalRequired, Awaited, Blocked, Paused, SoftFailure
from aios.events.catalog import CaseFailed
from aios.events.event import Event
from aios.kernel import Kernel
from aios.models.errors import AnswerInvalid
from aios.processes.context import StepContext
from aios.processes.process import Process, Step

State = Literal["made", "unchanged", "waiting", "failed"]

UNDOING = Step(ROLLBACK, BaseModel, {}, BaseModel, "")
"""What stands in the place of a step while a case is rolled back; it makes no output."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepResult:
    """What became of one step of one case. `artifact` is its output where there is one."""

    case_id: str
    step: Step
    state: State
    artifact: Artifact | None = None
    provenance: dict[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""


@dataclass
class _Known:
    """What one pass over a case has read or made that never changes: content by digest, events by id."""

    kernel: Kernel
    contents: dict[str, Any] = field(default_factory=dict[str, Any])
    events: dict[str, Event] = field(default_factory=dict[str, Event])

    def content(self, connection: Connection, artifact: Newest) -> Any:
        """What the artifact says, read at most once."""
        if artifact.blob not in self.contents:
            self.contents[artifact.blob] = self.kernel.artifacts.content(connection, artifact)
        return self.contents[artifact.blob]

    def event(self, connection: Connection, event_id: str) -> Event:
        """The event of that id, read at most once."""
        if event_id not in self.events:
            self.events[event_id] = self.kernel.log.get(connection, event_id)
        return self.events[event_id]


class Runner:
    """Runs steps. Without it each step would load, store, block, fail and explain itself in its own way."""

    def __init__(self, kernel: Kernel, process: Process) -> None:
        self.kernel = kernel
        self.process = process

    def run_cases(
        self,
        case_ids: Sequence[str],
        steps: Collection[str],
        run_id: str,
        report: Callable[[str, list[StepResult]], None],
    ) -> None:
        """Take the cases through the steps, a few at a time; `report` gets each case as it is done, in this thread."""
        with ThreadPoolExecutor(self.kernel.settings.aios_step_workers, thread_name_prefix="case") as pool:
            taken = [(case_id, pool.submit(self.run_case, case_id, steps, run_id)) for case_id in case_ids]
            for case_id, results in taken:
                report(case_id, results.result())

    def run_case(self, case_id: str, steps: Collection[str], run_id: str) -> list[StepResult]:
        """Take one case through the selected steps, in order, until one waits or fails, or the case ends.

        A case that the owner has rolled back is undone instead, whatever the run was started for.
        """
        if self._is_rolled_back(case_id):
            return [self._guarded(case_id, UNDOING, lambda: self._roll_back(case_id))]
        results: list[StepResult] = []
        known = _Known(self.kernel)
        for step in self.process.steps:
            if step.name not in steps:
                continue
            result = self._guarded(case_id, step, partial(self._attempt, case_id, step, run_id, known))
            results.append(result)
            if result.state in ("waiting", "failed") or self._ends(result):
                break
        return results

    def _is_rolled_back(self, case_id: str) -> bool:
        with self.kernel.database.read() as connection:
            return self.kernel.cases.get(connection, case_id).rollback > 0

    def _ends(self, result: StepResult) -> bool:
        return bool(result.provenance.get("ending"))

    def _roll_back(self, case_id: str) -> StepResult:
        with self.kernel.database.read() as connection:
            case = self.kernel.cases.get(connection, case_id)
        _must_go_on(case)
        if self.process.undo:
            self.process.undo(self.kernel, case)
        self.kernel.rollback.go_on(case_id)
        return StepResult(case_id, UNDOING, "unchanged", provenance={"ending": ROLLED_BACK})

    def _guarded(self, case_id: str, step: Step, work: Callable[[], StepResult]) -> StepResult:
        """What comes of the work, whatever it raises: the case waits or fails by itself, beside its neighbours."""
        try:
            return work()
        except AnswerInvalid as invalid:
            self._ask_about_answer(case_id, step, invalid)
            return self._waits(case_id, step, "decision", f"The model's answer was no use: {invalid.message}")
        except Blocked as blocked:
            return self._waits(case_id, step, _waits_on(blocked), blocked.message)
        except SoftFailure as failure:
            return self._waits(case_id, step, "retry", failure.message)
        except AiosError as error:
            return self._fails(case_id, step, error.message, error.remedy)
        except Exception as error:  # noqa: BLE001  # isolates the case from its neighbours; values stay out of the log
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("Step %s of %s raised %s:\n%s", step.name, case_id, type(error).__name__, frames)  # noqa: TRY400
            reason = f"{type(error).__name__} in step {step.name}"
            return self._fails(case_id, step, reason, "See the run's log, mend the cause, then retry the case.")

    def _attempt(self, case_id: str, step: Step, run_id: str, known: _Known) -> StepResult:
        with self.kernel.database.read() as connection:
            case = self.kernel.cases.get(connection, case_id)
            _must_go_on(case)
            trigger = known.event(connection, case.trigger)
            given, versions = self._upstream(connection, case, step, known)
        context = StepContext(self.kernel, case, trigger, step.name, run_id, versions)
        value = step.function(context, **given)
        return self._keep(context, step, value, known)

    def _upstream(
        self, connection: Connection, case: Case, step: Step, known: _Known
    ) -> tuple[dict[str, BaseModel], dict[str, int]]:
        given: dict[str, BaseModel] = {}
        versions: dict[str, int] = {}
        for name, model in step.inputs.items():
            artifact = self.kernel.artifacts.newest(connection, case.id, name)
            if artifact is None:
                raise Blocked(f"Step {step.name} needs {name} first.", f"Run it: aios cases retry {case.id}")
            given[name] = model.model_validate(known.content(connection, artifact))
            versions[name] = artifact.version
        return given, versions

    def _keep(self, context: StepContext, step: Step, value: BaseModel, known: _Known) -> StepResult:
        provenance = {
            **context.provenance,
            "process_version": self.process.info.version,
            "code_version": step.code_version,
            "run_id": context.run_id,
            "trigger": context.trigger.id,
        }
        content = value.model_dump(mode="json")
        with self.kernel.database.write() as tx:
            artifact, made = self.kernel.artifacts.record(
                tx, context.case.id, step.name, content, context.inputs, provenance
            )
            if made and artifact.version > 1:  # nothing can rest on what was not there before
                self.kernel.gate.void_stale(tx, context.case.id)
            if context.ending:
                self.kernel.cases.close(tx, context.case.id, *context.ending)
        known.contents[artifact.blob] = content
        ending = {"ending": context.ending[0]} if context.ending else {}
        state: State = "made" if made else "unchanged"
        return StepResult(context.case.id, step, state, artifact, {**provenance, **ending})

    def _waits(self, case_id: str, step: Step, on: str, reason: str) -> StepResult:
        with self.kernel.database.write() as tx:
            case = self.kernel.cases.get(tx, case_id)
            if case.status != "closed" and not case.paused:
                self.kernel.cases.wait(tx, case_id, step.name, on, reason)
        return StepResult(case_id, step, "waiting", reason=reason)

    def _fails(self, case_id: str, step: Step, reason: str, remedy: str) -> StepResult:
        failed = CaseFailed(step=step.name, error=reason[:500], remedy=remedy[:500], kind="hard")
        with self.kernel.database.write() as tx:
            if self.kernel.cases.get(tx, case_id).status != "closed":  # a backfill opens no case again
                self.kernel.cases.fail(tx, case_id, failed)
        return StepResult(case_id, step, "failed", reason=reason)

    def _ask_about_answer(self, case_id: str, step: Step, invalid: AnswerInvalid) -> None:
        shown = Shown(
            title=f"A model's answer was no use in {step.name} of {case_id}",
            summary="It was asked twice. Approve: let the rules do this step. Revise: ask again with your note. "
            "Reject: close the case.",
            evidence=(
                Evidence(label="What is wrong", text=invalid.message, source="schema"),
                Evidence(label="What it said", text=invalid.excerpt, source="model"),
            ),
        )
        with self.kernel.database.write() as tx:
            self.kernel.decisions.open(tx, Question(ANSWER, shown, case_id, step.name), ASK_FOR)


def _must_go_on(case: Case) -> None:
    if case.paused:
        raise Paused(f"Case {case.id} is paused.", f"Resume it: aios cases resume {case.id}")


def _waits_on(blocked: Blocked) -> str:
    match blocked:
        case ApprovalRequired():
            return "decision"
        case Paused():
            return "pause"
        case Awaited():
            return "outside"
        case _:
            return "undo" if "undone" in blocked.message else "owner"
