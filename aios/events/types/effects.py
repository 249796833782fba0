"""Effects: what goes out, and the switches that hold it."""

from typing import Any, Literal

from aios.events.payload import Payload


class EffectProposed(Payload):
    """An operation on the outside world is wanted. Its request is under `request`; proposing again replaces it.

    `priority` is 0 for what is critical, 1 as a rule, 2 for what can wait behind everything else.
    """

    type = "effect.proposed"
    personal = frozenset({"reason"})
    impersonal = frozenset({"key", "connector", "operation", "request", "inputs", "rule", "step", "run_id"})
    key: str
    connector: str
    operation: str
    request: str
    inputs: dict[str, int]
    verdict: Literal["allow", "ask", "deny"]
    rule: str
    reason: str
    mode: Literal["sandbox", "live"]
    step: str
    run_id: str = ""
    priority: int = 1


class EffectApproved(Payload):
    """A rule or a decision lets it happen, not before `not_before` (the undo window)."""

    type = "effect.approved"
    impersonal = frozenset({"key", "request", "decision_id", "rule", "not_before"})
    key: str
    request: str
    decision_id: str = ""
    rule: str = ""
    not_before: str


class EffectClaimed(Payload):
    """A worker is about to do it; until `until`, nobody else does."""

    type = "effect.claimed"
    impersonal = frozenset({"key", "worker", "until"})
    key: str
    attempt: int
    worker: str
    until: str


class EffectSucceeded(Payload):
    """The outside has done it, and answered with the receipt. `found` says it was looked up after a crash."""

    type = "effect.succeeded"
    personal = frozenset({"receipt"})
    impersonal = frozenset(
        {
            "key",
            "receipt.message_id",
            "receipt.file",
            "receipt.id",
            "receipt.uid",
            "receipt.status",
            "receipt.currency",
            "receipt.confirmed_by",
        }
    )
    key: str
    receipt: dict[str, Any]
    found: bool = False


class EffectCaptured(Payload):
    """The sandbox has taken it; nothing left the machine."""

    type = "effect.captured"
    personal = frozenset({"receipt"})
    impersonal = frozenset(
        {"key", "receipt.message_id", "receipt.file", "receipt.id", "receipt.uid", "receipt.status", "receipt.currency"}
    )
    key: str
    receipt: dict[str, Any]


class EffectDeferred(Payload):
    """It did not happen, and will be tried again: a soft failure, or a look-up that found nothing outside."""

    type = "effect.deferred"
    personal = frozenset({"reason"})
    impersonal = frozenset({"key", "not_before"})
    key: str
    reason: str
    not_before: str


class EffectBuffered(Payload):
    """It did not happen, for the service takes nothing now; it goes out in its turn when the service is back.

    `because` is the service itself (`breaker`), our pace (`rate`) or a refused password or key (`credential`);
    `attempt` is how many tries count: one that the service as a whole spoiled does not.
    """

    type = "effect.buffered"
    personal = frozenset({"reason"})
    impersonal = frozenset({"key", "not_before"})
    key: str
    attempt: int
    because: Literal["breaker", "rate", "credential"]
    reason: str
    not_before: str


class EffectFailed(Payload):
    """It did not happen, and will not by itself.

    `kind` is `soft` (tried too often), `hard` (cannot work), or `business` (the outside works and says no to this one).
    """

    type = "effect.failed"
    personal = frozenset({"reason", "remedy"})
    impersonal = frozenset({"key"})
    key: str
    reason: str
    remedy: str
    kind: Literal["soft", "hard", "business"] = "hard"


class EffectUnknown(Payload):
    """Nobody knows whether it happened. It is looked up again at `look_up_at`; where that is empty, the owner says."""

    type = "effect.unknown"
    personal = frozenset({"reason"})
    impersonal = frozenset({"key", "look_up_at"})
    key: str
    reason: str
    look_up_at: str = ""


class EffectWithdrawn(Payload):
    """It will not happen: denied, rejected, void, expired, undone in the undo window, or its case cancelled."""

    type = "effect.withdrawn"
    personal = frozenset({"reason"})
    impersonal = frozenset({"key"})
    key: str
    reason: str


class EffectCompensated(Payload):
    """The effect under the key `by` was done, and has undone this one; its key stays used up."""

    type = "effect.compensated"
    impersonal = frozenset({"key", "by"})
    key: str
    by: str


class ConnectorSwitched(Payload):
    """The owner lets a connector act outside (`live`), or capture what it would do (`sandbox`), from now on."""

    type = "connector.switched"
    impersonal = frozenset({"connector"})
    connector: str
    mode: Literal["sandbox", "live"]


class OutgoingStopped(Payload):
    """The owner stopped a connector (or everything, `*`)."""

    type = "outgoing.stopped"
    impersonal = frozenset({"connector", "reason"})
    connector: str
    reason: str = ""


class OutgoingReleased(Payload):
    """The owner lets a connector (or everything, `*`) work again."""

    type = "outgoing.released"
    impersonal = frozenset({"connector"})
    connector: str
