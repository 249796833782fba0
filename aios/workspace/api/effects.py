"""Effects: the ledger of everything done outside."""

from typing import Any, Literal

from aios.effects import ledger
from aios.workspace.api.calls import Answer, Limit, TheKernel, new_router, problems

router = new_router("effects")
EffectState = Literal[
    "",
    "proposed",
    "approved",
    "buffered",
    "claimed",
    "succeeded",
    "captured",
    "compensated",
    "failed",
    "unknown",
    "withdrawn",
]


class EffectOut(Answer):
    """An operation on the outside world as it stands; `receipt` is what the outside answered."""

    key: str
    case_id: str
    connector: str
    operation: str
    state: str
    mode: str
    inputs: dict[str, int]
    verdict: str
    rule: str
    decision_id: str
    run_id: str
    attempt: int
    receipt: dict[str, Any] | None
    found: bool
    reason: str
    remedy: str
    failure: str
    not_before: str | None
    proposed_at: str
    updated_at: str


class EffectList(Answer):
    """Effects, the latest change first."""

    effects: list[EffectOut]


@router.get("/effects", summary="List effects", responses=problems(422))
def list_effects(kernel: TheKernel, status: EffectState = "", case: str = "", limit: Limit = 500) -> EffectList:
    """The ledger, narrowed by state and case."""
    with kernel.database.read() as connection:
        found = ledger.listing(connection, state=status, case_id=case, limit=limit)
    return EffectList(effects=[EffectOut.model_validate(effect) for effect in found])
