"""What the router is given and what it answers."""

from typing import Annotated, Literal

from pydantic import Field

from aios.agents.agent import AgentInput, AgentOutput
from aios.events.catalog import IncomingMessage

Kind = Literal["lead", "spam", "reply", "other"]
Flag = Literal[
    "injection", "auto_reply", "bounce", "newsletter", "job_application", "sales_pitch", "complaint", "phishing"
]
Language = Annotated[str, Field(pattern="^[a-z]{2}$")]


class RouterInput(AgentInput):
    """A message that came in. `in_thread`: it answers something we sent, or belongs to a case that is known."""

    message: IncomingMessage
    in_thread: bool = False


class Routing(AgentOutput):
    """What the message is: may it lead to business (lead), is it unwanted (spam), does it continue a talk (reply)?

    `language` is an ISO 639-1 code. `flags` say what is special about it; `reasons` are short sentences.
    """

    kind: Kind
    language: Language
    flags: tuple[Flag, ...]
    reasons: Annotated[tuple[str, ...], Field(min_length=1, max_length=6)]
