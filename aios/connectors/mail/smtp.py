"""`SmtpMail`: sends mails through an SMTP server, and looks up in the Sent folder whether one has gone."""

import re
import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, CannotTell, Found, Health, LookUp
from aios.connectors.mail.attachment import Contents, nothing_kept
from aios.connectors.mail.imap import ImapFolder
from aios.connectors.mail.message import (
    MailRequest,
    compose,
    is_international,
    message_token,
    parse,
    to_bytes,
)
from aios.connectors.mail.server import Server, find_server
from aios.credentials.credentials import Credentials
from aios.errors import (
    AiosError,
    BusinessFailure,
    CredentialRefused,
    HardFailure,
    OutcomeUnknown,
    SoftFailure,
)
from aios.settings import Settings


class SmtpMail:
    """Mail that really goes out.

    A refusal before or after the text is a failure, soft or hard by the server's code. Silence after the text has
    been handed over is neither: the server may have taken it, so the outcome is unknown until it is looked up.
    """

    name = "mail"
    mode: Literal["sandbox", "live"] = "live"

    def __init__(self, settings: Settings, clock: Clock, timeout: float | None = None) -> None:
        self.settings = settings
        self.credentials = Credentials(settings)
        self.clock = clock
        self.timeout = settings.aios_connector_timeout if timeout is None else timeout
        self.contents: Contents = nothing_kept

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Send it; the receipt holds its message id and what the server said."""
        mail = parse(operation, request)
        message = compose(mail, key, self.settings, self.clock.now(), self.contents)
        with self._session() as smtp:
            answer = _deliver(smtp, mail, message)
        receipt = {"message_id": str(message["Message-ID"]), "to": list(mail.to), "answer": answer}
        return {**receipt, **self._file(message)}

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Search the Sent folder for the message id of the key.

        Not being there is proof only where the server itself files what it sends (`AIOS_SMTP_FILES_SENT`).
        """
        mail = parse(operation, request)
        if not self._knows_sent():
            return CannotTell("AIOS_IMAP_URL and AIOS_IMAP_SENT are not set, so there is no Sent folder to look into")
        with self._sent_folder() as folder:
            found = folder.find_message_id(message_token(key))
        if found:
            return Found({"message_id": found, "to": list(mail.to), "folder": self.settings.aios_imap_sent})
        if self.settings.aios_smtp_files_sent:
            return Absent(f"not in {self.settings.aios_imap_sent}, where the server files each mail it sends")
        return CannotTell(f"not in {self.settings.aios_imap_sent}, but the server may send without filing there")

    def check(self) -> Health:
        """Greets the server and signs in, without sending anything."""
        try:
            with self._session() as smtp:
                smtp.noop()
        except AiosError as error:
            state = "down" if self.credentials.has("AIOS_SMTP_URL") else "off"
            return Health(self.name, state, error.message, error.remedy)
        except (smtplib.SMTPException, OSError) as error:
            return Health(self.name, "down", f"The SMTP server hung up: {error}.", "Try again later.")
        server = self._server()
        if server.user and server.tls == "never" and server.host not in {"localhost", "127.0.0.1", "::1"}:
            return Health(self.name, "degraded", "The password goes unencrypted.", "Use smtps:// or add ?starttls=1.")
        return Health(self.name, "ok", "live: mails go out through the SMTP server")

    @contextmanager
    def _session(self) -> Generator[smtplib.SMTP]:
        server = self._server()
        try:
            smtp = _connect(server, self.timeout)
        except (smtplib.SMTPException, OSError) as error:
            raise _before_the_text(error, server) from error
        try:
            yield smtp
        finally:
            smtp.close()

    def _server(self) -> Server:
        return find_server(self.credentials, "AIOS_SMTP_URL")

    def _knows_sent(self) -> bool:
        return bool(self.settings.aios_imap_sent) and self.credentials.has("AIOS_IMAP_URL")

    def _sent_folder(self) -> ImapFolder:
        return ImapFolder(self.credentials, self.settings.aios_imap_sent, timeout=self.timeout)

    def _file(self, message: EmailMessage) -> dict[str, str]:
        """Put a copy into Sent where the server does not; the mail is out, so a fault here is only noted."""
        if not self._knows_sent() or self.settings.aios_smtp_files_sent:
            return {}
        try:
            with self._sent_folder() as folder:
                folder.append(to_bytes(message))
        except AiosError as error:
            return {"not_filed": str(error)}
        return {"folder": self.settings.aios_imap_sent}


def _connect(server: Server, timeout: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "always":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
    except (smtplib.SMTPException, OSError):
        smtp.close()
        raise
    return smtp


def _deliver(smtp: smtplib.SMTP, mail: MailRequest, message: EmailMessage) -> str:
    """Envelope, text, final answer; no recipient gets it unless all are accepted."""
    sender = message["From"].addresses[0].addr_spec
    international = is_international(message)
    if international and not smtp.has_extn("smtputf8"):
        raise HardFailure("The mail server cannot send to addresses with special letters.", "Use an ASCII address.")
    data = to_bytes(message)
    size = [f"SIZE={len(data)}"] if smtp.has_extn("size") else []  # RFC 1870: too large is refused before it is sent
    try:
        smtp.ehlo_or_helo_if_needed()
        _expect(250, smtp.mail(sender, [*size, *(["SMTPUTF8", "BODY=8BITMIME"] if international else [])]), sender)
        for address in mail.to:
            code, answer = smtp.rcpt(address)
            _expect(251 if code == 251 else 250, (code, answer), address)
        _expect(354, smtp.docmd("DATA"), "the text")
    except (smtplib.SMTPException, OSError) as error:
        raise SoftFailure(f"The mail server hung up before it had the mail: {error}.", "It is tried again.") from error
    return _hand_over(smtp, data)


def _hand_over(smtp: smtplib.SMTP, data: bytes) -> str:
    """The point of no return: from the first byte of the text on, only the server's own answer settles it."""
    dotted = re.sub(rb"(?m)^\.", b"..", data)  # RFC 5321, 4.5.2
    try:
        smtp.send(dotted + (b"" if dotted.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, answer = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown(
            f"The mail server went silent after it got the mail: {error}.", "It is looked up before anything else."
        ) from error
    if not 200 <= code < 600:
        raise OutcomeUnknown(f"The mail server answered {code}, which is no answer.", "It is looked up.")
    _expect(250, (code, answer), "the mail")
    return f"{code} {answer.decode('utf-8', 'replace')}"[:500]


def _expect(wanted: int, answer: tuple[int, bytes], about: str) -> None:
    code, text = answer
    if code != wanted:
        raise _refusal(code, text, about)


def _refusal(code: int, text: bytes | str, about: str) -> AiosError:
    """4xx is worth another try, all else is not (RFC 5321, 4.2.1)."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    message = f"The mail server refused {about}: {code} {' '.join(said.split())[:300]}."
    if 400 <= code < 500:
        return SoftFailure(message, "It is tried again later.")
    remedy = REMEDIES.get(code, "Correct the address or the text, then approve it again.")
    kind = CredentialRefused if code in (530, 535) else BusinessFailure if code in (550, 551, 552, 553) else HardFailure
    return kind(message, remedy)


REMEDIES = {
    535: "Check user and password in AIOS_SMTP_URL.",
    530: "Give user and password in AIOS_SMTP_URL, or add ?starttls=1.",
    550: "Check the recipient's address.",
    552: "The mail is too large, or the recipient's mailbox is full.",
    554: "The server takes the mail for spam or does not know you as a sender.",
}
"""What a person can do about the server's more common refusals."""


def _before_the_text(error: Exception, server: Server) -> AiosError:
    """A fault while connecting: nothing has been sent."""
    where = f"{server.host}:{server.port}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error.smtp_code, error.smtp_error, "the connection")
    if isinstance(error, ssl.SSLCertVerificationError):
        return HardFailure(f"{where} shows a wrong certificate: {error}.", "Check the host name in AIOS_SMTP_URL.")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return HardFailure(f"{where}: {error}", "Check ?starttls=1, user and password in AIOS_SMTP_URL.")
    return SoftFailure(f"The mail server {where} does not answer: {error}.", "It is tried again later.")
