"""What the drafter is given and what it answers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aios.agents.agent import AgentInput, AgentOutput
from aios.agents.qualifier.contract import Qualification
from aios.agents.router.contract import Language
from aios.events.catalog import IncomingMessage
from aios.memory.context import ContextSnapshot


class DrafterInput(AgentInput):
    """A qualified lead to answer, in `language`, signed by `owner_name` (of `business_name`, where it is set).

    `earlier` are the sender's earlier messages in this case, the oldest first; `previous` is the draft that the
    feedback is about.
    """

    message: IncomingMessage
    language: Language
    qualification: Qualification
    context: ContextSnapshot
    owner_name: str
    business_name: str = ""
    earlier: tuple[IncomingMessage, ...] = ()
    previous: str = ""


class Claim(BaseModel):
    """A sentence of the draft that states a fact, and the context pieces it was taken from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str
    item_ids: Annotated[tuple[str, ...], Field(min_length=1)]


class Draft(AgentOutput):
    """A reply to the lead: the whole subject and body as they would be sent, the facts in it, and what it asks."""

    subject: Annotated[str, Field(min_length=1, max_length=300)]
    body: Annotated[str, Field(min_length=1, max_length=8000)]
    claims: tuple[Claim, ...]
    questions: tuple[str, ...]
