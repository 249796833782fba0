"""Cases: list them, read one with everything that happened in it, hold it, run it again, end it."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from aios.decisions.shown import Change
from aios.effects import rollback_plan
from aios.effects.rollback_plan import Does
from aios.kernel import Kernel
from aios.workspace.api.calls import OWNER, Answer, Asked, Limit, TheKernel, new_router, problems
from aios.workspace.api.decisions import DecisionOut, decision_out
from aios.workspace.api.effects import EffectOut
from aios.workspace.api.events import EventOut, event_out
from aios.workspace.reading import case as case_reading

router = new_router("cases")
CaseStatus = Literal["", "open", "waiting", "failed", "closed"]


class CaseOut(Answer):
    """A case as it stands; `paused` holds it whatever its status, `rollback` is not 0 while it is rolled back."""

    id: str
    process: str
    process_version: str
    title: str
    contact_id: str
    status: str
    step: str
    waiting_on: str
    outcome: str
    reason: str
    remedy: str
    paused: bool
    rollback: int
    opened_at: str
    updated_at: str


class CaseList(Answer):
    """Cases, the latest change first."""

    cases: list[CaseOut]


class ArtifactOut(Answer):
    """One version of a step's output, with how it came to be and what differs from the version before."""

    step: str
    version: int
    inputs: dict[str, int]
    provenance: dict[str, Any]
    delta: list[dict[str, Any]]
    at: str
    content: Any


class ContextOut(Answer):
    """The kept working context: as of when and why it was made, how often it was given again, what changed since."""

    made_at: str
    reason: str
    served: int
    served_at: str
    fresh: bool
    changed: list[str]


class CaseDetail(CaseOut):
    """A case with its timeline (oldest first), artifacts, effects, decisions and cost in micro-dollars.

    `working_context` is null where none is kept to be given again.
    """

    timeline: list[EventOut]
    artifacts: list[ArtifactOut]
    effects: list[EffectOut]
    decisions: list[DecisionOut]
    cost_micros: int
    working_context: ContextOut | None


class PlannedOut(Answer):
    """One effect in the plan of a rollback: what becomes of it (`does`), and by which operation.

    `doubt` says why you will be asked first, `differs` what has changed outside since.
    """

    key: str
    connector: str
    operation: str
    mode: str
    does: Does
    words: str
    what: str
    undo: str
    request: dict[str, Any] | None
    undo_key: str
    undo_state: str
    doubt: str
    differs: tuple[Change, ...]


class PlanOut(Answer):
    """What a rollback of the case would do, in its order; `refused` says why it cannot be started now, if it cannot.

    `besides` is what its process does besides undoing effects.
    """

    case: CaseOut
    steps: tuple[PlannedOut, ...]
    refused: str
    besides: str


class Reason(Asked):
    """Why it is held."""

    reason: str = Field("", max_length=500)


class Retry(Asked):
    """The step from which to run again; empty for the first."""

    step: str = ""


@router.get("/cases", summary="List cases", responses=problems(422))
def list_cases(
    kernel: TheKernel,
    process: str = "",
    status: CaseStatus = "",
    q: Annotated[str, Query(description="Words of the title, or part of the id.")] = "",
    limit: Limit = 200,
) -> CaseList:
    """The cases, the latest change first."""
    with kernel.database.read() as connection:
        found = kernel.cases.list(connection, process=process, status=status, q=q, limit=limit)
    return CaseList(cases=[CaseOut.model_validate(case) for case in found])


@router.get("/cases/{case_id}", summary="Read a case", responses=problems(404, 422))
def get_case(case_id: str, kernel: TheKernel) -> CaseDetail:
    """One case with everything that happened in it."""
    with kernel.database.read() as connection:
        found = case_reading.read(kernel, connection, case_id)
        events = kernel.log.read(connection, case_id=case_id)
    versions = [version for made in found.versions.values() for version in made]
    return CaseDetail.model_validate(
        {
            **found.case.__dict__,
            "timeline": [event_out(event) for event in events],
            "artifacts": [{**version.artifact.__dict__, "content": version.content} for version in versions],
            "effects": [EffectOut.model_validate(effect) for effect in found.effects],
            "decisions": [decision_out(decision) for decision in found.decisions],
            "cost_micros": found.cost_micros,
            "working_context": found.kept,
        }
    )


@router.post("/cases/{case_id}/pause", summary="Hold a case", responses=problems(404, 409, 422))
def pause(case_id: str, kernel: TheKernel, body: Reason | None = None) -> CaseOut:
    """No step runs and nothing goes out until it is resumed."""
    kernel.cases.pause(case_id, actor=OWNER, reason=body.reason if body else "")
    return _now(kernel, case_id)


@router.post("/cases/{case_id}/resume", summary="Let a case go on", responses=problems(404, 409, 422))
def resume(case_id: str, kernel: TheKernel) -> CaseOut:
    """It goes on from where it stood."""
    kernel.cases.resume(case_id, actor=OWNER)
    return _now(kernel, case_id)


@router.post("/cases/{case_id}/retry", summary="Run a case again", responses=problems(404, 409, 422))
def retry(case_id: str, kernel: TheKernel, body: Retry | None = None) -> CaseOut:
    """The steps from `step` on run again; effects already made are not made again."""
    kernel.cases.retry(case_id, actor=OWNER, step=body.step if body else "")
    return _now(kernel, case_id)


@router.post("/cases/{case_id}/cancel", summary="End a case", responses=problems(404, 409, 422))
def cancel(case_id: str, kernel: TheKernel) -> CaseOut:
    """Nothing more of it goes out, and its open decisions are void."""
    kernel.answers.cancel_case(case_id, OWNER)
    return _now(kernel, case_id)


@router.get("/cases/{case_id}/rollback", summary="Plan a rollback", responses=problems(404, 422))
def plan_rollback(case_id: str, kernel: TheKernel) -> PlanOut:
    """What would be withdrawn, undone and followed up, and what nothing can undo; the outside is asked."""
    return PlanOut.model_validate(rollback_plan.read(kernel.rollback, case_id))


@router.post("/cases/{case_id}/rollback", summary="Roll a case back", responses=problems(404, 409, 422))
def roll_back(case_id: str, kernel: TheKernel) -> CaseOut:
    """What has not gone out is withdrawn, and compensations follow in reverse order; again while it goes on is fine."""
    kernel.rollback.start(case_id, OWNER)
    return _now(kernel, case_id)


def _now(kernel: Kernel, case_id: str) -> CaseOut:
    with kernel.database.read() as connection:
        return CaseOut.model_validate(kernel.cases.get(connection, case_id))
