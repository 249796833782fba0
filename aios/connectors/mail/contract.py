"""The contract of mail: it sends, recognises what it sent by the message id, and cannot take a mail back."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.contract import Compensation, Contract, Operation
from aios.connectors.mail.correction import correction
from aios.connectors.mail.message import MailRequest
from aios.connectors.mail.sandbox import SandboxMail
from aios.connectors.mail.server import find_server
from aios.credentials.credentials import Credentials
from aios.errors import CredentialMissing
from aios.settings import Settings
from aios.traffic.rates import Rate

EXCERPT = 2000


class MailReceipt(BaseModel):
    """What is known of a mail that went out: `folder` is where a copy lies, `answer` the server's last word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message_id: str
    to: tuple[str, ...] = Field(min_length=1)
    answer: str = ""
    folder: str = ""
    file: str = ""
    not_filed: str = ""


def _preview(request: MailRequest) -> str:
    people = ", ".join(request.to)
    rest = " …" if len(request.text) > EXCERPT else ""
    files = "".join(f"\nWith {each.name}, {each.size / 1000:,.0f} kB" for each in request.attachments)
    return f"A mail goes to {people}.\nSubject: {request.subject}{files}\n\n{request.text[:EXCERPT]}{rest}"


def _account(settings: Settings) -> str:
    try:
        server = find_server(Credentials(settings), "AIOS_SMTP_URL")
    except CredentialMissing:
        return "mail"
    return f"{server.user or settings.aios_owner_email} at {server.host}:{server.port}"


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.mail.smtp import SmtpMail  # smtplib and IMAP are not for those who stay in the sandbox

    return SmtpMail(settings, clock)


MAIL = Contract(
    name="mail",
    version=1,
    title="Mail",
    operations=(
        Operation(
            name="send",
            request=MailRequest,
            receipt=MailReceipt,
            identified_by="the Message-ID header, made from the effect's key; looked up in the Sent folder",
            undo=Compensation(
                "send",
                correction,
                "A sent mail cannot be taken back; only a correction can follow it.",
                takes_back=False,
                editable=("subject", "text"),
            ),
            risk="message",
            preview=_preview,
        ),
    ),
    rate=Rate(30, timedelta(minutes=1)),
    account=_account,
    configured=lambda settings: Credentials(settings).has("AIOS_SMTP_URL"),
    sandbox=SandboxMail,
    live=_live,
    credentials=("AIOS_SMTP_URL",),
)
