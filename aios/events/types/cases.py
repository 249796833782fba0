"""Cases and their artifacts."""

from typing import Any, Literal

from aios.events.payload import Payload


class CaseOpened(Payload):
    """A process starts for one thing. `trigger` is the id of the event that did it."""

    type = "case.opened"
    personal = frozenset({"title"})
    impersonal = frozenset({"case_id", "process", "process_version", "trigger"})
    case_id: str
    process: str
    process_version: str
    title: str
    trigger: str


class CaseContinued(Payload):
    """The case has something new to work on (a message, feedback, a retry): its steps run again from `step` on.

    `trigger` is the event that did it.
    """

    type = "case.continued"
    personal = frozenset({"reason"})
    impersonal = frozenset({"step", "trigger"})
    step: str
    reason: str
    trigger: str = ""


class CaseNamed(Payload):
    """The case got its contact, or a better title."""

    type = "case.named"
    personal = frozenset({"title"})
    impersonal = frozenset({"contact_id"})
    contact_id: str = ""
    title: str = ""


class CaseWaiting(Payload):
    """The case cannot go on by itself: `on` is `decision`, `budget`, `undo`, `retry` or `pause`."""

    type = "case.waiting"
    personal = frozenset({"reason"})
    impersonal = frozenset({"step", "on"})
    step: str
    on: str
    reason: str


class CaseFailed(Payload):
    """A step failed. `kind` is soft (will be retried), hard (stopped) or business (the owner decides)."""

    type = "case.failed"
    personal = frozenset({"error", "remedy"})
    impersonal = frozenset({"step"})
    step: str
    error: str
    remedy: str
    kind: Literal["soft", "hard", "business"]


class CaseClosed(Payload):
    """The case is at its end.

    Outcomes: answered, spam, duplicate, rejected, cancelled, not-a-lead, expired, forgotten, rolled_back.
    """

    type = "case.closed"
    personal = frozenset({"reason"})
    impersonal = frozenset({"outcome"})
    outcome: str
    reason: str = ""


class CasePaused(Payload):
    """The owner holds the case."""

    type = "case.paused"
    personal = frozenset({"reason"})
    reason: str = ""


class CaseResumed(Payload):
    """The owner lets the case go on."""

    type = "case.resumed"


class RollbackStarted(Payload):
    """The owner has the case undone: what has not gone out will not, and compensations follow in reverse order."""

    type = "rollback.started"


class ArtifactRecorded(Payload):
    """A step made a new version of its output. `inputs` maps upstream steps to the versions it read.

    `provenance` answers promise 7: process_version, agent, agent_version, prompt_digest, tier, model, cost_micros,
    tokens_in, tokens_out, confidence, context, sources, run_id; which ids
    were `read` and `cited`, and the decisions whose `feedback` was heeded.
    """

    type = "artifact.recorded"
    personal = frozenset({"provenance", "delta"})
    impersonal = frozenset(
        {
            "step",
            "blob",
            "inputs",
            "provenance.process_version",
            "provenance.code_version",
            "provenance.agent",
            "provenance.agent_version",
            "provenance.prompt_digest",
            "provenance.tier",
            "provenance.model",
            "provenance.run_id",
            "provenance.trigger",
            "provenance.read",
            "provenance.cited",
            "provenance.feedback",
        }
    )
    step: str
    artifact_version: int
    blob: str
    inputs: dict[str, int]
    provenance: dict[str, Any]
    delta: tuple[dict[str, Any], ...] = ()
