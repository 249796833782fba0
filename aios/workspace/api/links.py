"""Links: why something is believed or was done, what it influenced, and what to run again when it was wrong."""

from typing import Annotated

from fastapi import Query

from aios.workspace.api.calls import OWNER, Answer, TheKernel, new_router, problems

router = new_router("memory")


class ThingOut(Answer):
    """Something that influences or is influenced: item, event, document, artifact, effect, decision, rule, policy."""

    kind: str
    id: str
    title: str
    state: str
    at: str
    case_id: str
    link: str


class ReasonOut(Answer):
    """What something rests on; `relation` is how it influenced `of`, `depth` how many links away it is."""

    thing: ThingOut
    relation: str
    of: str
    depth: int


class WhyOut(Answer):
    """A thing and everything it rests on, the nearest first; `notice` says what cannot be told, and why."""

    thing: ThingOut
    reasons: list[ReasonOut]
    notice: str


class TouchedOut(Answer):
    """A case that something influenced, with what in it rests on it, the newest first."""

    case: ThingOut
    cited: bool
    artifacts: list[ThingOut]
    effects: list[ThingOut]
    decisions: list[ThingOut]


class InfluenceOut(Answer):
    """What something influenced: counts of all, and one page of cases; `next` is the `before` of the next, 0: none."""

    thing: ThingOut
    items: list[ThingOut]
    case_count: int
    effects: dict[str, int]
    decisions: dict[str, int]
    cases: list[TouchedOut]
    next: int


class AgainOut(Answer):
    """A case that rests on an item, and the step that read it; `state` is waiting, paused or under way."""

    case: ThingOut
    step: str
    state: str
    decisions: list[ThingOut]


class RepairOut(Answer):
    """What rests on an item: cases, those `continued` just now, and effects that went out already (`sent`).

    `case_count` is of all cases; `next` is the `after` of the next page, 0: none.
    """

    item: ThingOut
    believed: bool
    cases: list[AgainOut]
    sent: list[ThingOut]
    case_count: int
    next: int
    continued: list[str]


@router.get("/memory/{thing_id:path}/why", summary="Why it is believed or was done", responses=problems(404, 422))
def why(thing_id: str, kernel: TheKernel) -> WhyOut:
    """Everything that an item, event, artifact, effect, decision, rule or policy rests on; ids may hold slashes."""
    return WhyOut.model_validate(kernel.links.why(thing_id))


@router.get("/memory/{thing_id:path}/influence", summary="What it influenced", responses=problems(404, 422))
def influence(
    thing_id: str,
    kernel: TheKernel,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    before: Annotated[int, Query(ge=0, description="Go on behind an earlier page: its `next`.")] = 0,
) -> InfluenceOut:
    """The cases that it influenced, with the artifacts, effects and decisions in them that rest on it."""
    return InfluenceOut.model_validate(kernel.links.influence(thing_id, limit=limit, before=before))


@router.get("/memory/{item_id}/repair", summary="What rests on an item", responses=problems(404, 422))
def repairs(
    item_id: str,
    kernel: TheKernel,
    after: Annotated[int, Query(ge=0, description="Go on behind an earlier page: its `next`.")] = 0,
) -> RepairOut:
    """The open cases to run again, and the effects that went out, resting on the item."""
    return RepairOut.model_validate(kernel.links.repairs(item_id, after))


@router.post("/memory/{item_id}/repair", summary="Run again what rests on it", responses=problems(404, 409, 422))
def repair(item_id: str, kernel: TheKernel) -> RepairOut:
    """Continue the open cases from the step that read the item. 409 while it is still believed."""
    return RepairOut.model_validate(kernel.links.repair(item_id, actor=OWNER))
