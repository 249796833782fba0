"""What the qualifier is given and what it answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aios.agents.agent import AgentInput, AgentOutput
from aios.agents.router.contract import Language
from aios.events.catalog import IncomingMessage
from aios.memory.context import ContextSnapshot

Fit = Literal["strong", "possible", "weak", "none"]
Urgency = Literal["urgent", "soon", "normal", "unknown"]
Fact = Literal["need", "scope", "budget", "timeline", "contact", "company"]


class QualifierInput(AgentInput):
    """A lead with what is known about it. `received_on` is the ISO date by which "next week" is understood.

    `earlier` are the sender's earlier messages in this case, the oldest first.
    """

    message: IncomingMessage
    language: Language
    context: ContextSnapshot
    received_on: str
    earlier: tuple[IncomingMessage, ...] = ()


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Budget(_Part):
    """What the lead can spend, in minor units; `low` equals `high` where one sum is named. `quote` is their wording."""

    low_minor: Annotated[int, Field(ge=0)]
    high_minor: Annotated[int, Field(ge=0)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    quote: str

    @model_validator(mode="after")
    def _in_order(self) -> "Budget":
        if self.low_minor > self.high_minor:
            raise ValueError("low_minor is above high_minor")
        return self


class ScoreReason(_Part):
    """What raised or lowered the score, and by how many points."""

    points: Annotated[int, Field(ge=-100, le=100)]
    text: str


class Qualification(AgentOutput):
    """How good the lead is, and what it takes to answer it.

    `need` is what they want, in one sentence. `offer_item_ids` are the context pieces that answer it, the best first.
    `deadline` is an ISO date, or empty. `missing` are the facts we have to ask for, the most important first.
    """

    fit: Fit
    urgency: Urgency
    deadline: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
    budget: Budget | None
    need: str
    offer_item_ids: tuple[str, ...]
    missing: tuple[Fact, ...]
    score: Annotated[int, Field(ge=0, le=100)]
    reasons: Annotated[tuple[ScoreReason, ...], Field(max_length=10)]
