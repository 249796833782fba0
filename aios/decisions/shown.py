"""What a decision shows: evidence, proposal, difference, confidence, impact, provenance. Its digest binds an answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Part):
    """One reason to say yes or no; `source` says where it comes from, `link` leads there."""

    label: str
    text: str
    source: str = ""
    link: str = ""


class Check(_Part):
    """What a rule says of the thing: `grade` is `error`, `warning` or `ok`."""

    rule: str
    grade: str
    text: str
    remedy: str = ""


class Change(_Part):
    """One field that differs between what was (`before`) and what is proposed (`after`)."""

    field: str
    before: str = ""
    after: str = ""


class Impact(_Part):
    """What follows from a yes. Money in minor units; `reversible` says how to undo it, or why not (`irreversible`)."""

    people: int = 0
    amount_minor: int = 0
    currency: str = "EUR"
    reversible: str = ""
    irreversible: bool = False
    mode: str = "sandbox"


class Shown(_Part):
    """Everything the owner saw. `proposal` is the request of the effect; `editable` names its fields open to edits."""

    title: str
    summary: str = ""
    evidence: tuple[Evidence, ...] = ()
    proposal: dict[str, Any] = {}
    editable: tuple[str, ...] = ()
    diff: tuple[Change, ...] = ()
    diff_against: str = ""
    warnings: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    confidence: float | None = None
    impact: Impact = Impact()
    provenance: dict[str, Any] = {}
