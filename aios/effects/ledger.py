"""The effect ledger: one row per key, what each event makes of it, and how to read it."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.upsert import insert_or_renew
from aios.effects.tables import effects
from aios.errors import NotFound
from aios.events import catalog
from aios.events.event import Event

COMPENSATED = "compensated"
"""State of an effect that was done, and that another one has undone since."""

STANDS = ("succeeded", "captured")
"""States in which the outside (or the sandbox) has done it, and nothing has undone it."""

DONE = (*STANDS, COMPENSATED)
"""States in which it was done once; the key is used up."""

UNDER_WAY = ("claimed", "unknown")
"""States in which it may have happened; nothing may replace the request."""

READY = ("approved", "buffered")
"""States in which it may go out and has not: in its undo window, or waiting for a service that takes nothing now."""

UNDONE = "undone by the owner"
"""The reason of a withdrawal in the undo window; from then on the key always asks."""

_BY_KEY = sa.select(effects).where(effects.c.key == sa.bindparam("key"))
_CHANGE = sa.update(effects).where(effects.c.key == sa.bindparam("changed"))


@dataclass(frozen=True)
class Effect:
    """An operation on the outside world as it stands.

    `proposed` is the digest of the request that the process asked for, `request` the one that was approved (the same,
    unless the owner edited it). `found` says that the receipt was looked up after a crash, `failure` of which kind a
    failure was.
    """

    key: str
    case_id: str
    step: str
    connector: str
    operation: str
    state: str
    mode: str
    proposed: str
    request: str
    inputs: dict[str, int]
    verdict: str
    rule: str
    decision_id: str
    run_id: str
    attempt: int
    worker: str
    receipt: dict[str, Any] | None
    found: bool
    undone: bool
    reason: str
    remedy: str
    failure: str
    priority: int
    turn: int
    position: int
    not_before: str | None
    claimed_until: str | None
    proposed_at: str
    updated_at: str

    @property
    def done(self) -> bool:
        """Whether the key is used up."""
        return self.state in DONE


class EffectProjection:
    """The ledger's rows."""

    tables = (effects,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the effect of the event up to date."""
        if isinstance(event.payload, catalog.EffectProposed):
            _propose(tx, event, event.payload)
        elif values := _changes(event):
            key = getattr(event.payload, "key", "")
            tx.execute(_CHANGE, {"changed": key, **values, "updated_at": event.at, "position": event.position})


def find(connection: Connection, key: str) -> Effect | None:
    """The effect under the key, if there is one."""
    row = connection.execute(_BY_KEY, {"key": key}).mappings().first()
    return Effect(**row) if row else None


def get(connection: Connection, key: str) -> Effect:
    """The effect under the key; `NotFound` where there is none."""
    if effect := find(connection, key):
        return effect
    raise NotFound(f"There is no effect {key}.", "List them in the workspace under Outbox.")


def of_case(connection: Connection, case_id: str) -> list[Effect]:
    """Every effect of a case, the latest change first."""
    query = sa.select(effects).where(effects.c.case_id == case_id).order_by(effects.c.position.desc())
    return [Effect(**row) for row in connection.execute(query).mappings()]


def unsettled(connection: Connection) -> bool:
    """Whether there is an effect that can go on by time alone: approved, claimed, or to be looked up."""
    timed = effects.c.state.in_(("approved", "unknown")) & effects.c.not_before.is_not(None)
    query = sa.select(effects.c.key).where(timed | (effects.c.state == "claimed")).limit(1)
    return connection.execute(query).first() is not None


def listing(connection: Connection, *, state: str = "", case_id: str = "", limit: int = 500) -> list[Effect]:
    """Effects, the latest change first."""
    query = sa.select(effects).order_by(effects.c.position.desc()).limit(limit)
    if state:
        query = query.where(effects.c.state == state)
    if case_id:
        query = query.where(effects.c.case_id == case_id)
    return [Effect(**row) for row in connection.execute(query).mappings()]


def _propose(tx: Connection, event: Event, said: catalog.EffectProposed) -> None:
    row: dict[str, Any] = {
        "key": said.key,
        "case_id": event.case_id,
        "step": said.step,
        "connector": said.connector,
        "operation": said.operation,
        "state": "proposed",
        "mode": said.mode,
        "proposed": said.request,
        "request": said.request,
        "inputs": said.inputs,
        "verdict": said.verdict,
        "rule": said.rule,
        "decision_id": "",
        "run_id": said.run_id,
        "attempt": 0,
        "worker": "",
        "receipt": None,
        "found": False,
        "undone": False,
        "reason": said.reason,
        "remedy": "",
        "failure": "",
        "priority": said.priority,
        "turn": 0,
        "position": event.position,
        "not_before": None,
        "claimed_until": None,
        "proposed_at": event.at,
        "updated_at": event.at,
    }
    tx.execute(insert_or_renew(tx, effects, "undone", "attempt"), row)


def _changes(event: Event) -> dict[str, Any]:
    match event.payload:
        case catalog.EffectApproved() as said:
            return {
                "state": "approved",
                "request": said.request,
                "decision_id": said.decision_id,
                "rule": said.rule,
                "not_before": said.not_before,
                "turn": event.position,
            }
        case catalog.EffectClaimed() as said:
            claim = {"attempt": said.attempt, "worker": said.worker, "claimed_until": said.until}
            return {"state": "claimed", **claim}
        case catalog.EffectSucceeded() as said:
            return {"state": "succeeded", "receipt": said.receipt, "found": said.found, "reason": ""}
        case catalog.EffectCaptured() as said:
            return {"state": "captured", "receipt": said.receipt, "reason": ""}
        case catalog.EffectDeferred() as said:
            return {"state": "approved", "not_before": said.not_before, "reason": said.reason}
        case catalog.EffectBuffered() as said:
            waits = {"not_before": said.not_before, "reason": said.reason, "attempt": said.attempt}
            return {"state": "buffered", **waits}
        case catalog.EffectFailed() as said:
            return {"state": "failed", "reason": said.reason, "remedy": said.remedy, "failure": said.kind}
        case catalog.EffectUnknown() as said:
            return {"state": "unknown", "reason": said.reason, "not_before": said.look_up_at or None}
        case _:
            return _taken_back(event)


def _taken_back(event: Event) -> dict[str, Any]:
    match event.payload:
        case catalog.EffectWithdrawn() as said:
            undone = {"undone": True} if said.reason == UNDONE else {}
            return {"state": "withdrawn", "reason": said.reason, **undone}
        case catalog.EffectCompensated() as said:
            return {"state": COMPENSATED, "reason": f"undone by {said.by}"}
        case _:
            return {}
