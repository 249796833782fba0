"""A lead as the steps of lead intake hand it on: who wrote, what they wrote, and what kind of message it is."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import Connection

from aios.agents.drafter.contract import Draft
from aios.agents.router.contract import Routing
from aios.cases.cases import Case
from aios.effects.contacted import was_sent
from aios.events.catalog import IncomingMessage, LeadReceived, MessageReceived
from aios.events.event import Event
from aios.kernel import Kernel

SURE_OF_SPAM = 0.5
"""Below this confidence a suspected spam goes to the owner like any lead: a lost lead costs more than a look."""


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lead(_Output):
    """A message from somebody who may buy, with everything earlier in its case.

    `received_on` is the ISO date it came in.
    """

    contact_id: str
    message: IncomingMessage
    earlier: tuple[IncomingMessage, ...]
    received_on: str
    routing: Routing

    @property
    def ending(self) -> tuple[str, str] | None:
        """Why the case ends here, if it does: outcome and reason."""
        reasons = " ".join(self.routing.reasons)
        if self.routing.kind == "spam" and self.routing.confidence >= SURE_OF_SPAM:
            return "spam", reasons
        if self.routing.kind == "other":
            return "not a lead", reasons
        return None


class ReplyDraft(_Output):
    """The drafter's reply with what its checks found; `confidence` is already lowered by them."""

    draft: Draft
    confidence: float
    tier: str
    flags: tuple[str, ...]
    notes: tuple[str, ...]


class LeadReply(_Output):
    """The reply that went out (or that the sandbox took): exactly what, under which key, with which receipt.

    `draft_superseded` says that the newest draft differs from what was sent; it stays as knowledge and sends nothing.
    """

    effect_key: str
    mode: str
    to: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    draft_superseded: bool


def message_of(event: Event) -> IncomingMessage:
    """The message that an event carries."""
    fields = IncomingMessage.model_fields
    said = event.payload.model_dump()
    return IncomingMessage.model_validate({name: said[name] for name in fields})


def earlier_messages(kernel: Kernel, connection: Connection, case: Case, trigger: Event) -> list[IncomingMessage]:
    """The messages of the case before the one it now works on, oldest first."""
    types = (LeadReceived.type, MessageReceived.type)
    found = kernel.log.read(connection, case_id=case.id, types=types)
    messages = [message_of(event) for event in found if event.position < trigger.position]
    return [message for message in messages if "duplicate" not in message.flags]


def is_first_contact(kernel: Kernel, connection: Connection, contact_id: str) -> bool:
    """Whether nothing was ever sent to this contact, in whichever case, and whatever became of that case.

    A mail that a rollback follows was sent all the same. What the sandbox took was not, once mails go out live.
    """
    family: Sequence[str] = kernel.contacts.family(connection, contact_id)
    return not was_sent(connection, family, kernel.gate.modes.current(connection, "mail"))
