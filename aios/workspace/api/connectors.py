"""Connectors: how each way out stands."""

from typing import Any

from aios.effects import standing
from aios.workspace.api.calls import Answer, TheKernel, new_router

router = new_router("connectors")


class AbilityOut(Answer):
    """One operation: its risk, what identifies it outside, and how it is undone."""

    name: str
    risk: str
    identified_by: str
    undo: str
    reversible: bool


class ConnectorOut(Answer):
    """A connector as it stands; `room` is how many effects may go out now (null: nothing limits it)."""

    name: str
    title: str
    version: int
    mode: str
    configured: bool
    account: str
    pace: str
    room: int | None
    breaker: str
    breaker_until: str
    breaker_reason: str
    stopped: str
    buffered: int
    operations: tuple[AbilityOut, ...]


class ConnectorList(Answer):
    """Every connector."""

    connectors: list[ConnectorOut]


@router.get("/connectors", summary="List connectors")
def list_connectors(kernel: TheKernel) -> ConnectorList:
    """Mode, breaker, pace, buffer and stop switch of each."""
    with kernel.database.read() as connection:
        found: list[Any] = standing.read(connection, kernel.connectors, kernel.executor.admission)
    return ConnectorList(connectors=[ConnectorOut.model_validate(each) for each in found])
