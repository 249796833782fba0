"""`Claim`: what somebody says of a subject, and what became of it. Only what is believed is a fact."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from aios.memory.timeline import Trust

Outcome = Literal["learned", "superseded", "confirmed", "known", "asked", "kept"]


class Claim(BaseModel):
    """Somebody says it: `source` is who, `event_id` where in the log, `quote` in which words.

    It holds from `valid_from` until `valid_to` ("": open). `confidence` is how surely they mean this.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: str
    predicate: str
    value: str
    source: str
    trust: Trust
    confidence: float = 1.0
    event_id: str = ""
    case_id: str = ""
    quote: str = ""
    valid_from: str = ""
    valid_to: str = ""

    def as_source(self) -> dict[str, Any]:
        """Where it comes from, as its fact keeps it."""
        return self.model_dump(include={"source", "trust", "confidence", "event_id", "case_id", "quote"})


class Learned(BaseModel):
    """What became of a claim: it was `learned`, it `superseded` another value (`before`), it `confirmed` a fact, was
    `known` from the same source, the owner is `asked`, or the old value was `kept`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    outcome: Outcome
    predicate: str
    value: str
    before: str = ""
    item_id: str = ""
    decision_id: str = ""


class Fact(BaseModel):
    """What is believed of a subject, with when it holds, how sure it is, and every source that says so."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    item_id: str
    subject: str
    predicate: str
    label: str
    value: str
    text: str
    confidence: float
    trust: Trust
    sources: tuple[dict[str, Any], ...]
    valid_from: str
    valid_to: str
    added_at: str
    closed_at: str
