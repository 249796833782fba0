"""Figures: costs, metrics, health."""

from typing import Annotated, Literal

from fastapi import Query

from aios.workspace.api.calls import Answer, TheKernel, new_router, problems
from aios.workspace.reading import health, metrics

router = new_router("figures")


class LimitsOut(Answer):
    """The most that may be spent, in micro-dollars; null is no limit."""

    call: int | None
    case: int | None
    process: int | None
    day: int | None
    month: int | None


class CostLineOut(Answer):
    """One line of a breakdown."""

    name: str
    spent_micros: int
    held_micros: int
    calls: int


class CostsOut(Answer):
    """What models cost, in micro-dollars; the breakdowns cover the days from `since` on."""

    today_micros: int
    month_micros: int
    held_micros: int
    limits: LimitsOut
    since: str
    by_day: list[CostLineOut]
    by_process: list[CostLineOut]
    by_agent: list[CostLineOut]
    by_model: list[CostLineOut]
    by_case: list[CostLineOut]


class DistanceOut(Answer):
    """The mean share of the words that the owner changed, 0 to 1, over so many drafts; null over none."""

    drafts: int
    mean: float | None


class MetricsOut(Answer):
    """How well the work goes. `accepted_share` is approvals without an edit among the owner's answers."""

    cases: dict[str, int]
    outcomes: dict[str, int]
    decisions: dict[str, int]
    effects: dict[str, int]
    accepted_share: float | None
    median_review_seconds: float | None
    quarantined: int
    events: int
    edit_distance: dict[str, DistanceOut]


class PartOut(Answer):
    """A part of the running workspace, how it is, and what to do about it."""

    name: str
    state: Literal["ok", "degraded", "down", "off"]
    detail: str
    remedy: str


class HealthOut(Answer):
    """Each part; `status` is the worst of them (a part that is off on purpose does not count)."""

    status: Literal["ok", "degraded", "down"]
    mode: str
    parts: list[PartOut]


@router.get("/costs", summary="Read the costs", responses=problems(422))
def get_costs(kernel: TheKernel, days: Annotated[int, Query(ge=1, le=366)] = 31) -> CostsOut:
    """Spent, held and limits."""
    with kernel.database.read() as connection:
        return CostsOut.model_validate(kernel.budgets.costs(connection, days=days))


@router.get("/metrics", summary="Read the metrics")
def get_metrics(kernel: TheKernel) -> MetricsOut:
    """Figures over everything in the log."""
    with kernel.database.read() as connection:
        return MetricsOut.model_validate(metrics.read(kernel, connection))


@router.get("/health", summary="Ask each part how it is")
def get_health(kernel: TheKernel) -> HealthOut:
    """Answers 200 whatever it finds: `status` says how it is."""
    parts = health.read(kernel)
    with kernel.database.read() as connection:
        mode = "live" if kernel.gate.modes.live(connection, kernel.connectors.contracts) else "sandbox"
    return HealthOut.model_validate(
        {"status": health.worst(parts), "mode": mode, "parts": [part.__dict__ for part in parts]}
    )
