"""What a policy is asked about (a subject), and what it answers (a verdict)."""

from dataclasses import dataclass
from datetime import datetime

from aios.money import Money
from aios.policies.schema import Outcome


@dataclass(frozen=True)
class Subject:
    """An effect that is wanted, with what the rules look at.

    `text` is everything that would go out (subject and body). `confidence` is None where nobody said.
    `flags` were raised by agents or checks (`injection`, `ungrounded`). `key` is the effect's key.
    """

    process: str
    effect: str
    confidence: float | None
    text: str
    amounts: tuple[Money, ...]
    recipients: tuple[str, ...]
    tier: str
    first_contact: bool
    flags: tuple[str, ...]
    now: datetime
    case_id: str
    key: str


@dataclass(frozen=True)
class Verdict:
    """The answer, and the rule that gave it. An `allow` in quiet hours says when they end (`not_before`, UTC)."""

    outcome: Outcome
    rule: str
    reason: str
    not_before: datetime | None = None
