"""Policies and the owner's decisions."""

from typing import Literal

from aios.events.payload import Payload


class PolicyAdopted(Payload):
    """A policy file is in force from now on; its text is under `blob`."""

    type = "policy.adopted"
    impersonal = frozenset({"digest", "blob", "origin"})
    digest: str
    blob: str
    origin: str


class PolicyRefused(Payload):
    """A policy file was refused; the last good one stays in force."""

    type = "policy.refused"
    impersonal = frozenset({"digest", "reason", "origin"})
    digest: str
    line: int
    reason: str
    origin: str


class DecisionOpened(Payload):
    """The owner is asked. `shown` is the digest of everything shown, under `blob`; `inputs` the artifact versions.

    Of the same case, step and kind, at most one decision is open: opening the next one voids it.
    """

    type = "decision.opened"
    personal = frozenset({"title"})
    impersonal = frozenset({"decision_id", "kind", "step", "effect_key", "shown", "inputs", "rule", "expires_at"})
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
    personal = frozenset({"note"})
    impersonal = frozenset({"decision_id", "edits_blob", "shown"})
    decision_id: str
    verdict: Literal["approve", "edit", "reject", "revise"]
    note: str = ""
    edits_blob: str = ""
    shown: str


class DecisionSnoozed(Payload):
    """The owner looks at it later."""

    type = "decision.snoozed"
    impersonal = frozenset({"decision_id", "until"})
    decision_id: str
    until: str


class DecisionExpired(Payload):
    """Nobody answered in time; what was proposed does not happen."""

    type = "decision.expired"
    impersonal = frozenset({"decision_id"})
    decision_id: str


class DecisionVoided(Payload):
    """What was shown is no longer what would happen: an input changed, or a newer decision took its place."""

    type = "decision.voided"
    personal = frozenset({"reason"})
    impersonal = frozenset({"decision_id"})
    decision_id: str
    reason: str
