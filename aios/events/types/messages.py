"""What comes in: messages, what could not be taken, and what became of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aios.events.payload import Payload


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

    personal = frozenset(
        {
            "sender",
            "subject",
            "text",
            "quoted",
            "signature",
            "message_id",
            "in_reply_to",
            "references",
            "to",
            "fields",
            "attachments.name",
            "attachments.note",
        }
    )
    impersonal = frozenset({"sent_at", "flags", "attachments.media_type", "attachments.blob", "raw_blob"})
    personal_source = True
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
    personal = frozenset({"name"})
    impersonal = frozenset({"first"})
    name: str
    first: str


class WebhookReceived(Payload):
    """Another program told us something, with a signature that was right. `kind` is its own word for what happened.

    Its body is under `blob`; what it means is for whoever waits for that kind.
    """

    type = "webhook.received"
    impersonal = frozenset({"sender", "delivery_id", "kind", "blob"})
    sender: str
    delivery_id: str
    kind: str
    blob: str
    size: int


class InputQuarantined(Payload):
    """Something came in that could not be taken; its bytes are kept under `blob`."""

    type = "input.quarantined"
    personal = frozenset({"name", "reason", "remedy"})
    impersonal = frozenset({"quarantine_id", "blob", "media_type"})
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
    personal = frozenset({"note"})
    impersonal = frozenset({"quarantine_id"})
    quarantine_id: str
    outcome: Literal["released", "discarded"]
    note: str = ""
