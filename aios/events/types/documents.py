"""What documents that came in say: bank statements, invoices, calendars. The file itself is under `blob`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from aios.events.payload import Payload
from aios.events.types.messages import Sender


class StatementReceived(Payload):
    """A bank's statement of one of our accounts; its booked entries are `entry.booked`, once each.

    Balances are in minor units of `currency`, None where the bank does not say. `problems` are sentences about what
    does not add up or was left out.
    """

    type = "statement.received"
    personal = frozenset({"name", "problems"})
    impersonal = frozenset({"account", "currency", "source", "number", "blob"})
    name: str
    account: str
    currency: str
    source: str
    number: str
    opening: int | None
    closing: int | None
    booked: int
    not_booked: int
    problems: tuple[str, ...]
    blob: str


class EntryPart(BaseModel):
    """One of the payments that an entry bundles: its sum, who is on the other side, and what was written with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: int | None
    name: str = ""
    account: str = ""
    reference: str = ""
    mandate: str = ""
    text: str = ""


class EntryBooked(Payload):
    """Money came (positive) to an account of ours or went from it, in minor units; days are ISO dates, or empty.

    Statements overlap: an entry is said once, by the first one that has it, whose file is `blob`.
    """

    type = "entry.booked"
    personal = frozenset({"parts.name", "parts.account", "parts.reference", "parts.mandate", "parts.text", "text"})
    impersonal = frozenset({"account", "currency", "booked", "valued", "bank_reference", "blob"})
    account: str
    currency: str
    amount: int
    booked: str
    valued: str
    parts: tuple[EntryPart, ...]
    bank_reference: str
    text: str
    reversal: bool
    blob: str


class CalendarReceived(Payload):
    """A calendar file; its appointments are `appointment.received`, once each. `problems` are sentences."""

    type = "calendar.received"
    personal = frozenset({"name", "problems"})
    impersonal = frozenset({"blob"})
    name: str
    appointments: int
    problems: tuple[str, ...]
    blob: str


class AppointmentReceived(Payload):
    """An appointment of a calendar file. `starts` and `ends` are ISO moments, or ISO dates where it takes whole days.

    One that was changed since is said again, on the same stream.
    """

    type = "appointment.received"
    personal = frozenset({"uid", "title", "place"})
    impersonal = frozenset({"starts", "ends", "rule", "blob"})
    uid: str
    title: str
    starts: str
    ends: str
    place: str
    rule: str
    cancelled: bool
    blob: str


class InvoiceReceived(Payload):
    """Somebody wants to be paid, or credits us: what their invoice itself says, nothing of it checked yet.

    Sums are in minor units of `currency`, None where it does not say. `source` is the format it was read from: `ubl`,
    `cii`, `zugferd-1`, or `text` for a PDF without data, of which rules found what they could. Where a mail brought it,
    `sender`, `subject` and `text` are the mail's, and `mail` is its digest.
    """

    type = "invoice.received"
    personal = frozenset(
        {
            "name",
            "seller",
            "seller_vat_id",
            "buyer",
            "iban",
            "number",
            "order",
            "reference",
            "findings",
            "sender",
            "subject",
            "text",
        }
    )
    impersonal = frozenset({"issued", "due", "currency", "blob", "media_type", "mail"})
    name: str
    source: Literal["ubl", "cii", "zugferd-1", "text"]
    number: str
    issued: str
    due: str
    currency: str
    net: int | None
    tax: int | None
    gross: int | None
    payable: int | None
    credit: bool
    seller: str
    seller_vat_id: str
    buyer: str
    iban: str
    order: str
    reference: str
    findings: tuple[str, ...]
    blob: str
    media_type: str
    channel: Literal["file", "api", "mail"] = "file"
    sender: Sender = Sender()
    subject: str = ""
    text: str = ""
    mail: str = ""
