"""The catalog of event types: for each `noun.verb` the payload it carries and the version of that payload."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field


class Payload(BaseModel):
    """What an event says. A subclass names its type; a change of shape raises `version` and adds an upcast."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]
    version: ClassVar[int] = 1


# --- what comes in -----------------------------------------------------------------------------------------------


class Sender(BaseModel):
    """Who a message is from, as the message itself says; identity decides who that really is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = ""
    email: str = ""
    phone: str = ""
    organisation: str = ""


class AttachmentRef(BaseModel):
    """A file that came with a message; `blob` is its digest, empty where it was not kept (`note` says why)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    media_type: str
    size: int
    blob: str = ""
    note: str = ""


class IncomingMessage(Payload):
    """A message from a person outside. `text` is the new part as plain text, `quoted` what it quotes."""

    channel: Literal["mail", "form", "csv", "api"]
    sender: Sender
    subject: str = ""
    text: str = ""
    quoted: str = ""
    signature: str = ""
    sent_at: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    attachments: tuple[AttachmentRef, ...] = ()
    raw_blob: str = ""


class LeadReceived(IncomingMessage):
    """Somebody may want to buy something."""

    type = "lead.received"


class MessageReceived(IncomingMessage):
    """A further message in a case that is known already, found by its thread."""

    type = "message.received"


class InputRepeated(Payload):
    """A file brought what the log had already, as the event `first`; nothing was done with it again."""

    type = "input.repeated"
    name: str
    first: str


class InputQuarantined(Payload):
    """Something came in that could not be taken; its bytes are kept under `blob`."""

    type = "input.quarantined"
    quarantine_id: str
    name: str
    reason: str
    remedy: str
    blob: str = ""
    media_type: str = "application/octet-stream"
    size: int = 0


class QuarantineResolved(Payload):
    """The owner took it in after all (`released`, as `event_id`) or threw it away (`discarded`)."""

    type = "quarantine.resolved"
    quarantine_id: str
    outcome: Literal["released", "discarded"]
    note: str = ""


# --- cases and artifacts -----------------------------------------------------------------------------------------


class CaseOpened(Payload):
    """A process starts for one thing. `trigger` is the id of the event that did it."""

    type = "case.opened"
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
    step: str
    reason: str
    trigger: str = ""


class CaseNamed(Payload):
    """The case got its contact, or a better title."""

    type = "case.named"
    contact_id: str = ""
    title: str = ""


class CaseWaiting(Payload):
    """The case cannot go on by itself: `on` is `decision`, `budget`, `undo`, `retry` or `pause`."""

    type = "case.waiting"
    step: str
    on: str
    reason: str


class CaseFailed(Payload):
    """A step failed. `kind` is soft (will be retried), hard (stopped) or business (the owner decides)."""

    type = "case.failed"
    step: str
    error: str
    remedy: str
    kind: Literal["soft", "hard", "business"]


class CaseClosed(Payload):
    """The case is at its end: answered, spam, duplicate, rejected, cancelled, not-a-lead, expired."""

    type = "case.closed"
    outcome: str
    reason: str = ""


class CasePaused(Payload):
    """The owner holds the case."""

    type = "case.paused"
    reason: str = ""


class CaseResumed(Payload):
    """The owner lets the case go on."""

    type = "case.resumed"


class ArtifactRecorded(Payload):
    """A step made a new version of its output. `inputs` maps upstream steps to the versions it read.

    `provenance` answers promise 7: process_version, agent, agent_version, prompt_digest, tier, model, cost_micros,
    tokens_in, tokens_out, confidence, context, sources, run_id.
    """

    type = "artifact.recorded"
    step: str
    artifact_version: int
    blob: str
    inputs: dict[str, int]
    provenance: dict[str, Any]
    delta: tuple[dict[str, Any], ...] = ()


# --- identity ----------------------------------------------------------------------------------------------------


class ContactCreated(Payload):
    """A person or organisation is known from now on."""

    type = "contact.created"
    contact_id: str
    kind: Literal["person", "organisation"]
    name: str
    organisation_id: str = ""


class ContactChanged(Payload):
    """Facts about a contact; only the fields that are set change."""

    type = "contact.changed"
    contact_id: str
    name: str | None = None
    organisation_id: str | None = None
    language: str | None = None
    note: str | None = None


class AliasAdded(Payload):
    """A mail address, phone number, domain or name leads to the contact."""

    type = "contact.alias_added"
    contact_id: str
    kind: Literal["email", "phone", "domain", "name"]
    value: str


class ContactsMerged(Payload):
    """Two contacts are one: `merged` now leads to `kept`. Reversed by `contact.unmerged`."""

    type = "contact.merged"
    kept: str
    merged: str
    reason: str


class ContactsUnmerged(Payload):
    """The merge was wrong: `merged` stands by itself again."""

    type = "contact.unmerged"
    kept: str
    merged: str
    reason: str = ""


# --- policies, decisions, effects --------------------------------------------------------------------------------


class PolicyAdopted(Payload):
    """A policy file is in force from now on; its text is under `blob`."""

    type = "policy.adopted"
    digest: str
    blob: str
    origin: str


class PolicyRefused(Payload):
    """A policy file was refused; the last good one stays in force."""

    type = "policy.refused"
    digest: str
    line: int
    reason: str
    origin: str


class DecisionOpened(Payload):
    """The owner is asked. `shown` is the digest of everything shown, under `blob`; `inputs` the artifact versions.

    Of the same case, step and kind, at most one decision is open: opening the next one voids it.
    """

    type = "decision.opened"
    decision_id: str
    kind: str
    step: str
    title: str
    effect_key: str = ""
    shown: str
    inputs: dict[str, int]
    confidence: float | None = None
    rule: str = ""
    expires_at: str


class DecisionMade(Payload):
    """The owner has answered; the decision is used. `edits` are under `blob` where there are any."""

    type = "decision.made"
    decision_id: str
    verdict: Literal["approve", "edit", "reject", "revise"]
    note: str = ""
    edits_blob: str = ""
    shown: str


class DecisionSnoozed(Payload):
    """The owner looks at it later."""

    type = "decision.snoozed"
    decision_id: str
    until: str


class DecisionExpired(Payload):
    """Nobody answered in time; what was proposed does not happen."""

    type = "decision.expired"
    decision_id: str


class DecisionVoided(Payload):
    """What was shown is no longer what would happen: an input changed, or a newer decision took its place."""

    type = "decision.voided"
    decision_id: str
    reason: str


class EffectProposed(Payload):
    """An operation on the outside world is wanted. Its request is under `request`; proposing again replaces it."""

    type = "effect.proposed"
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


class EffectApproved(Payload):
    """A rule or a decision lets it happen, not before `not_before` (the undo window)."""

    type = "effect.approved"
    key: str
    request: str
    decision_id: str = ""
    rule: str = ""
    not_before: str


class EffectClaimed(Payload):
    """A worker is about to do it; until `until`, nobody else does."""

    type = "effect.claimed"
    key: str
    attempt: int
    worker: str
    until: str


class EffectSucceeded(Payload):
    """The outside has done it, and answered with the receipt. `found` says it was looked up after a crash."""

    type = "effect.succeeded"
    key: str
    receipt: dict[str, Any]
    found: bool = False


class EffectCaptured(Payload):
    """The sandbox has taken it; nothing left the machine."""

    type = "effect.captured"
    key: str
    receipt: dict[str, Any]


class EffectDeferred(Payload):
    """It did not happen, and will be tried again: a soft failure, or a look-up that found nothing outside."""

    type = "effect.deferred"
    key: str
    reason: str
    not_before: str


class EffectFailed(Payload):
    """It did not happen, and will not by itself."""

    type = "effect.failed"
    key: str
    reason: str
    remedy: str


class EffectUnknown(Payload):
    """Nobody knows whether it happened. It is looked up again at `look_up_at`; where that is empty, the owner says."""

    type = "effect.unknown"
    key: str
    reason: str
    look_up_at: str = ""


class EffectWithdrawn(Payload):
    """It will not happen: denied, rejected, void, expired, undone in the undo window, or its case cancelled."""

    type = "effect.withdrawn"
    key: str
    reason: str


class OutgoingStopped(Payload):
    """The owner stopped a connector (or everything, `*`)."""

    type = "outgoing.stopped"
    connector: str
    reason: str = ""


class OutgoingReleased(Payload):
    """The owner lets a connector (or everything, `*`) work again."""

    type = "outgoing.released"
    connector: str


# --- money and models --------------------------------------------------------------------------------------------


class BudgetReserved(Payload):
    """Part of the limits is held for a call that is about to be made. Micro-dollars."""

    type = "budget.reserved"
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
    reservation_id: str
    cost_micros: int
    outcome: str


class ModelAnswered(Payload):
    """A model's answer, kept under the hash of its request so that it is never paid twice."""

    type = "model.answered"
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
    request_hash: str
    agent: str
    tier: str
    model: str
    kind: str
    reason: str


# --- memory ------------------------------------------------------------------------------------------------------


class MemoryAdded(Payload):
    """A piece of knowledge is believed from now on. `text` is under `blob`; `subject` a contact id or `business`.

    `ordinal` is its place among the pieces of one `source` (a document, a conversation).
    """

    type = "memory.added"
    item_id: str
    kind: str
    title: str
    blob: str
    subject: str
    source: str
    ordinal: int = 0
    valid_from: str = ""
    valid_to: str = ""
    attributes: dict[str, Any] = Field(default_factory=dict)


class MemoryClosed(Payload):
    """A piece of knowledge is no longer believed: superseded by a newer version, removed, or retracted."""

    type = "memory.closed"
    item_id: str
    reason: str


CATALOG: dict[str, type[Payload]] = {
    model.type: model
    for base in (Payload, IncomingMessage)
    for model in base.__subclasses__()
    if model is not IncomingMessage
}
"""Every event type by its name."""
