"""An outgoing mail: the request that an effect keeps, and the message composed from it."""

from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from aios.connectors.contract import parse_request
from aios.connectors.mail.address import MESSAGE_ID, checked_address, one_line
from aios.connectors.mail.attachment import (
    MOST_FILES,
    Contents,
    MailAttachment,
    attach,
    nothing_kept,
    require_small,
)
from aios.errors import HardFailure
from aios.ids import digest
from aios.settings import Settings
from aios.text import clean

MAX_RECIPIENTS = 10
MAX_REFERENCES = 20


class MailRequest(BaseModel):
    """A mail to send. Nothing in it can add a header: addresses and ids are checked, names and subject are one line.

    `auto_submitted` is true where no person has read it before it leaves (RFC 3834), so that no machine answers it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: tuple[str, ...] = Field(min_length=1, max_length=MAX_RECIPIENTS)
    subject: str = Field(max_length=2000)
    text: str = Field(min_length=1, max_length=200_000)
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    from_name: str = ""
    auto_submitted: bool = False
    attachments: tuple[MailAttachment, ...] = Field(default=(), max_length=MOST_FILES)

    @field_validator("to", mode="before")
    @classmethod
    def _one_is_enough(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(checked_address(address) for address in value))

    @field_validator("subject", "from_name")
    @classmethod
    def _line(cls, value: str) -> str:
        return one_line(value)

    @field_validator("text")
    @classmethod
    def _clean(cls, value: str) -> str:
        return clean(value)

    @field_validator("in_reply_to")
    @classmethod
    def _id(cls, value: str) -> str:
        if value and not MESSAGE_ID.fullmatch(value):
            raise ValueError("not a message id")
        return value

    @field_validator("attachments")
    @classmethod
    def _small(cls, value: tuple[MailAttachment, ...]) -> tuple[MailAttachment, ...]:
        require_small(value)
        return value

    @field_validator("references")
    @classmethod
    def _ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = tuple(dict.fromkeys(each for each in value if MESSAGE_ID.fullmatch(each)))
        return known if len(known) <= MAX_REFERENCES else (known[0], *known[1 - MAX_REFERENCES :])


def parse(operation: str, request: Mapping[str, Any]) -> MailRequest:
    """The request of a `send` effect; one that cannot be a mail raises `HardFailure`."""
    return parse_request("Mail", {"send": MailRequest}, operation, request)


def message_token(key: str) -> str:
    """The part of the message id that follows from the effect's key alone; a look-up searches for it."""
    return f"aios-{digest(key)[:32]}"


def message_id(key: str, sender: str) -> str:
    """The message id of the effect's mail: the same for every attempt."""
    domain = sender.rpartition("@")[2]
    return f"<{message_token(key)}@{domain if '.' in domain else 'localhost.localdomain'}>"


def sender_address(settings: Settings) -> str:
    """The owner's address, from which every mail goes out; a wrong one raises `HardFailure`."""
    try:
        return checked_address(settings.aios_owner_email)
    except ValueError as error:
        raise HardFailure(f"AIOS_OWNER_EMAIL: {error}.", "Set it to your own address.") from None


def compose(
    request: MailRequest, key: str, settings: Settings, now: datetime, contents: Contents = nothing_kept
) -> EmailMessage:
    """The message as it goes out: threading headers (RFC 5322), stable id, UTF-8 text, no HTML, its files."""
    sender = sender_address(settings)
    message = EmailMessage(policy=MAIL_POLICY)
    name = request.from_name or one_line(settings.aios_owner_name)
    message["From"] = _address(sender, name)
    message["To"] = [_address(address) for address in request.to]
    message["Subject"] = request.subject
    message["Date"] = now
    message["Message-ID"] = message_id(key, sender)
    references = request.references
    if request.in_reply_to:
        message["In-Reply-To"] = request.in_reply_to
        references = (*(each for each in references if each != request.in_reply_to), request.in_reply_to)
    if references:
        message["References"] = " ".join(references)
    if request.auto_submitted:
        message["Auto-Submitted"] = "auto-replied"
    message.set_content(request.text, charset="utf-8", cte="quoted-printable")
    attach(message, request.attachments, contents)
    return message


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, username=local, domain=domain)


def is_international(message: EmailMessage) -> bool:
    """Whether an address needs letters beyond ASCII, and so a server with SMTPUTF8 (RFC 6531)."""
    people: list[Address] = [*message["From"].addresses, *message["To"].addresses]
    return not all(person.addr_spec.isascii() for person in people)


def to_bytes(message: EmailMessage) -> bytes:
    """The message as it goes over the wire."""
    return message.as_bytes(policy=MAIL_POLICY.clone(utf8=is_international(message)))


class _MailPolicy(EmailPolicy):
    """Python's SMTP policy, except that ids are never folded into encoded words, which breaks threads."""

    def fold(self, name: str, value: str) -> str:
        """One header as text."""
        if name.lower() in {"message-id", "in-reply-to", "references"}:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as bytes."""
        return self.fold(name, value).encode("utf-8", "surrogateescape")


MAIL_POLICY = _MailPolicy(linesep="\r\n", raise_on_defect=False, max_line_length=76)
