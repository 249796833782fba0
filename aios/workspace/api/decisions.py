"""Decisions: the owner's queue, and the one answer each takes."""

from typing import Any, Literal

from pydantic import Field

from aios.decisions.decisions import Decision
from aios.decisions.shown import Shown
from aios.workspace.api.calls import OWNER, Answer, Asked, Limit, TheKernel, new_router, problems

router = new_router("decisions")
DecisionStatus = Literal["", "open", "approved", "edited", "rejected", "revised", "expired", "void"]


class DecisionOut(Answer):
    """A decision as it stands. Answer it with its `version`; `shown_digest` is what the answer is bound to."""

    id: str
    kind: str
    case_id: str | None
    step: str
    title: str
    effect_key: str
    status: str
    version: int
    shown_digest: str
    inputs: dict[str, int]
    confidence: float | None
    rule: str
    note: str
    answered_by: str
    opened_at: str
    expires_at: str
    snoozed_until: str | None
    answered_at: str | None


class DecisionList(Answer):
    """Decisions, oldest first."""

    decisions: list[DecisionOut]


class DecisionDetail(DecisionOut):
    """A decision with exactly what was shown: evidence, proposal, diff, impact, provenance, warnings."""

    shown: Shown


class AnswerIn(Asked):
    """The answer. `edits` are the changed fields of the proposal, for `edit` only; `revise` needs a `note`."""

    verdict: Literal["approve", "edit", "reject", "revise"]
    version: int = Field(ge=1)
    edits: dict[str, Any] | None = None
    note: str = Field("", max_length=10_000)


@router.get("/decisions", summary="List decisions", responses=problems(422))
def list_decisions(kernel: TheKernel, status: DecisionStatus = "", case: str = "", limit: Limit = 500) -> DecisionList:
    """The queue with `status=open`; without it, every decision there was."""
    with kernel.database.read() as connection:
        found = kernel.decisions.list(connection, status=status, case_id=case, limit=limit)
    return DecisionList(decisions=[decision_out(decision) for decision in found])


@router.get("/decisions/{decision_id}", summary="Read a decision", responses=problems(404, 422))
def get_decision(decision_id: str, kernel: TheKernel) -> DecisionDetail:
    """One decision with everything that is shown to the owner."""
    with kernel.database.read() as connection:
        decision = kernel.decisions.get(connection, decision_id)
        shown = kernel.decisions.shown(connection, decision)
    plain = {**decision.__dict__, "shown_digest": decision.shown}
    return DecisionDetail.model_validate({**plain, "shown": shown})


@router.post("/decisions/{decision_id}", summary="Answer a decision", responses=problems(404, 409, 422))
def answer_decision(decision_id: str, body: AnswerIn, kernel: TheKernel) -> DecisionOut:
    """Takes one answer, once: 409 where it is used, expired, void, or not at `version` any more."""
    answered = kernel.answers.give(
        decision_id, body.verdict, body.version, actor=OWNER, note=body.note, edits=body.edits
    )
    return decision_out(answered)


def decision_out(decision: Decision) -> DecisionOut:
    """The decision as the API says it."""
    return DecisionOut.model_validate({**decision.__dict__, "shown_digest": decision.shown})
