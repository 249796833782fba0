"""Connectors: how each way out stands; test it, switch it, rehearse what it would do."""

from typing import Any, Literal

from aios.effects import asking, standing
from aios.effects.rehearsal import rehearse
from aios.effects.switching import switch
from aios.workspace.api.calls import OWNER, Answer, Asked, TheKernel, new_router, problems
from aios.workspace.api.effects import EffectOut

router = new_router("connectors")


class AbilityOut(Answer):
    """One operation: its risk, what identifies it outside, and how it is undone."""

    name: str
    risk: str
    identified_by: str
    undo: str
    reversible: bool


class ConnectorOut(Answer):
    """A connector as it stands; `room` is how many effects may go out now (null: nothing limits it).

    `credentials` says where each credential stands, `lacking` what live would need and has not, `parked` how many
    effects wait for it to be live again.
    """

    name: str
    title: str
    version: int
    mode: str
    configured: bool
    lacking: str
    credentials: dict[str, str]
    account: str
    pace: str
    room: int | None
    breaker: str
    breaker_until: str
    breaker_reason: str
    stopped: str
    buffered: int
    parked: int
    operations: tuple[AbilityOut, ...]
    last: tuple[EffectOut, ...]


class ConnectorList(Answer):
    """Every connector."""

    connectors: list[ConnectorOut]


class HealthOut(Answer):
    """What the outside said when it was asked how it is."""

    name: str
    state: Literal["ok", "degraded", "down", "off"]
    detail: str
    remedy: str


class ModeAsked(Asked):
    """The mode to switch to."""

    mode: Literal["sandbox", "live"]


class SwitchedOut(Answer):
    """What a switch came to: how many effects are asked about again, and how many end in the mode they began in."""

    connector: str
    mode: str
    changed: bool
    asked_again: int
    under_way: int


class RehearsalAsked(Asked):
    """An operation with its request, as a process would propose it."""

    operation: str
    request: dict[str, Any]


class RehearsalOut(Answer):
    """What would happen, and the verdict of the policies on it. Nothing was done."""

    effect: str
    words: str
    mode: str
    verdict: str
    rule: str
    reason: str
    order: str
    risk: str
    identified_by: str
    undo: str
    reversible: bool
    obstacles: tuple[str, ...]


@router.get("/connectors", summary="List connectors")
def list_connectors(kernel: TheKernel) -> ConnectorList:
    """Mode, breaker, pace, buffer and stop switch of each."""
    with kernel.database.read() as connection:
        found: list[Any] = standing.read(connection, kernel.connectors, kernel.executor.admission)
    return ConnectorList(connectors=[ConnectorOut.model_validate(each) for each in found])


@router.get("/connectors/{name}", summary="Show a connector", responses=problems(404, 422))
def show_connector(name: str, kernel: TheKernel) -> ConnectorOut:
    """One connector with its last operations."""
    with kernel.database.read() as connection:
        found = standing.read_one(connection, kernel.connectors, kernel.executor.admission, name)
    return ConnectorOut.model_validate(found)


@router.post("/connectors/{name}/test", summary="Test a connector", responses=problems(404, 422))
def ask_connector(name: str, kernel: TheKernel) -> HealthOut:
    """Ask the outside how it is, without doing anything; where it is well, what waits goes out."""
    return HealthOut.model_validate(asking.ask(kernel.database, kernel.connectors, kernel.executor.admission, name))


@router.post("/connectors/{name}/mode", summary="Switch a connector", responses=problems(404, 409, 422))
def switch_connector(name: str, asked: ModeAsked, kernel: TheKernel) -> SwitchedOut:
    """From the next effect on, act outside or in the sandbox; what waits is asked about again."""
    return SwitchedOut.model_validate(switch(kernel.gate, kernel.connectors, name, asked.mode, OWNER))


@router.post("/connectors/{name}/preview", summary="Rehearse an operation", responses=problems(404, 422))
def rehearse_operation(name: str, asked: RehearsalAsked, kernel: TheKernel) -> RehearsalOut:
    """What the operation would do, and whether it would be let go; nothing is done."""
    with kernel.database.read() as connection:
        admission, policy = kernel.executor.admission, kernel.policies.current(connection)
        said = rehearse(connection, kernel.connectors, admission, policy, name, asked.operation, asked.request)
    return RehearsalOut.model_validate(said)
