"""Money held and spent, and the model calls it was for."""

from aios.events.payload import Payload


class BudgetReserved(Payload):
    """Part of the limits is held for a call that is about to be made. Micro-dollars."""

    type = "budget.reserved"
    impersonal = frozenset({"reservation_id", "process", "day", "purpose", "agent", "model"})
    reservation_id: str
    amount_micros: int
    process: str
    day: str
    purpose: str
    agent: str = ""
    model: str = ""


class BudgetSettled(Payload):
    """The call is over: what it really cost, 0 if it was not made. The rest of the reservation is free again."""

    type = "budget.settled"
    impersonal = frozenset({"reservation_id", "outcome"})
    reservation_id: str
    cost_micros: int
    outcome: str


class ModelAnswered(Payload):
    """A model's answer, kept under the hash of its request so that it is never paid twice."""

    type = "model.answered"
    impersonal = frozenset({"request_hash", "agent", "tier", "model", "answer", "reservation_id"})
    request_hash: str
    agent: str
    tier: str
    model: str
    answer: str
    tokens_in: int
    tokens_out: int
    cost_micros: int
    latency_ms: int
    reservation_id: str = ""


class ModelFailed(Payload):
    """A model call ended without a usable answer; `kind` is what the gateway made of it."""

    type = "model.failed"
    personal = frozenset({"reason"})
    impersonal = frozenset({"request_hash", "agent", "tier", "model", "kind"})
    request_hash: str
    agent: str
    tier: str
    model: str
    kind: str
    reason: str
