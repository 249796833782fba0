"""A rehearsal: what an operation would do and whether it would be let go, said without doing or keeping anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.engine import Connection

from aios.amounts import amounts_in
from aios.connectors.registry import Registry
from aios.effects.admission import Admission
from aios.effects.standing import read_one
from aios.errors import HardFailure, InvalidInput
from aios.policies.rules import evaluate, priority
from aios.policies.schema import PolicySet
from aios.policies.verdict import Subject

ORDERS = {0: "before everything else", 1: "in its turn", 2: "after everything else"}


@dataclass(frozen=True)
class Rehearsal:
    """`words` say what would happen. The verdict is that of the policies for somebody we know nothing of.

    A process says more about what it proposes (how sure it is, who it is for), which may change the verdict.
    `obstacles` are what would hold it back now.
    """

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


def rehearse(
    connection: Connection,
    registry: Registry,
    admission: Admission,
    policy: PolicySet,
    name: str,
    operation: str,
    request: Mapping[str, Any],
) -> Rehearsal:
    """What would come of the request; `InvalidInput` for one that the operation would not take."""
    contract = registry.contract(name)
    try:
        asked, about = contract.parse(operation, request), contract.operation(operation)
    except HardFailure as failure:  # nothing failed here but who asked
        raise InvalidInput(failure.message, "Correct the request.") from None
    words, effect = contract.preview(operation, request), f"{name}.{operation}"
    verdict = evaluate(policy, _subject(effect, asked, words, admission.clock.now()))
    first = priority(policy, process="", effect=effect, otherwise=1)
    return Rehearsal(
        effect=effect,
        words=words,
        mode=admission.mode(connection, name),
        verdict=verdict.outcome,
        rule=verdict.rule,
        reason=verdict.reason,
        order=ORDERS[first],
        risk=about.risk,
        identified_by=about.identified_by,
        undo=about.undo.words,
        reversible=about.reversible,
        obstacles=_obstacles(connection, registry, admission, name),
    )


def _obstacles(connection: Connection, registry: Registry, admission: Admission, name: str) -> tuple[str, ...]:
    now = read_one(connection, registry, admission, name)
    found = [
        ("It is stopped by you.", bool(now.stopped)),
        (f"It is held back: {now.breaker_reason}", now.breaker != "closed"),
        ("Its pace is full; it would wait a moment.", now.breaker == "closed" and now.room == 0),
        (now.lacking, now.mode == "live" and bool(now.lacking)),
    ]
    return tuple(words for words, holds in found if holds)


def _subject(effect: str, asked: BaseModel, words: str, now: datetime) -> Subject:
    people: tuple[str, ...] = getattr(asked, "to", ()) or getattr(asked, "attendees", ())
    return Subject(
        process="",
        effect=effect,
        confidence=None,
        text=words,
        amounts=tuple(amounts_in(words)),
        recipients=tuple(people),
        tier="",
        first_contact=True,
        flags=(),
        now=now,
        case_id="",
        key="",
    )
