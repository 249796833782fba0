"""What the steps of an invoice of our own hand on. Sums are minor units of the invoice's currency."""

from pydantic import BaseModel, ConfigDict

from aios.connectors.mail.attachment import MailAttachment
from aios.processes.invoice import FindingOut, LineFields, TaxFields


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BillDraft(_Output):
    """The draft, with our own side filled in: `ubl` is the digest of it as UBL, with no number yet.

    `credits` is the number of the invoice that it takes back, where it is a credit note. `due_days` count from issue.
    """

    name: str
    channel: str
    about: str
    ubl: str
    credit: bool
    credits: str
    customer: str
    email: str
    contact_id: str
    country: str
    currency: str
    net: int
    gross: int
    payable: int
    due_days: int
    taxes: tuple[TaxFields, ...]
    lines: tuple[LineFields, ...]
    line_count: int


class BillChecks(_Output):
    """It can be issued: what is to be looked at all the same, and how its files would be (`pages`, `data`)."""

    findings: tuple[FindingOut, ...]
    pages: MailAttachment
    data: MailAttachment


class BillIssued(_Output):
    """The invoice with its number, and the mail that it goes out with, as the owner approved it (`decision_id`)."""

    key: str
    name: str
    issued: str
    due: str
    currency: str
    payable: int
    credit: bool
    customer: str
    decision_id: str
    to: tuple[str, ...]
    subject: str
    text: str
    files: tuple[MailAttachment, ...]


class BillSent(_Output):
    """How it went out; without an `effect_key` it did not, for nobody knows an address."""

    effect_key: str = ""
    mode: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""
    message_id: str = ""
