"""A real SMTP server (aiosmtpd) that keeps what it accepts, and fails on demand in the ways servers do."""

import asyncio
import email
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.ports import free_port

REFUSALS = {
    "451": "451 4.3.0 Try again later",
    "550": "550 5.1.1 No such mailbox",
    "552": "552 5.3.4 Message too big",
    "554": "554 5.7.1 Looks like spam",
}


@dataclass(frozen=True)
class StoredMail:
    """A mail that the server took."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> email.message.Message:
        """The mail, parsed."""
        return email.message_from_bytes(self.raw)


@dataclass
class SmtpPeer:
    """The server. `fault` is none (``""``), a refusal (`451`, `550`, `552`, `554`), `lost` (keeps the mail, then
    hangs up without an answer), `hangup` (hangs up before it has the mail), or `slow` (keeps it and never answers).

    A fault holds for the next `times` mails. `on_stored` gets each mail that was taken, as a Sent folder would.
    With `tls` it speaks TLS from the first byte on (`always`) or insists on STARTTLS (`starttls`). With a `password`,
    one may sign in with it; a wrong one is quoted in the refusal, as some servers do.
    """

    on_stored: Callable[[bytes], object] = lambda raw: None
    fault: str = ""
    times: int = 0
    password: str = ""
    largest: int = 0
    tls: str = ""
    certificate: ssl.SSLContext | None = None
    stored: list[StoredMail] = field(default_factory=list)
    attempts: int = 0
    port: int = field(default_factory=free_port)

    def start(self) -> "SmtpPeer":
        """Listen on loopback."""
        sign_in = {"authenticator": self._sign_in, "auth_require_tls": False}
        more: dict[str, Any] = sign_in if self.password else {}
        if self.largest:
            more["data_size_limit"] = self.largest
        if self.tls == "always":
            more["ssl_context"] = self.certificate
        elif self.tls == "starttls":
            more |= {"tls_context": self.certificate, "require_starttls": True}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True, **more)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Close every connection and stop listening."""
        self._controller.stop(no_assert=True)

    @property
    def url(self) -> str:
        """For AIOS_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def fail(self, fault: str, times: int = 1) -> None:
        """Fail the next `times` mails."""
        self.fault, self.times = fault, times

    def count(self, message_id: str) -> int:
        """How many times the server has taken the mail of that message id."""
        return sum(mail.message["Message-ID"] == message_id for mail in self.stored)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A wrong mailbox is refused here, as real servers do."""
        if re.match(r"nobody-here@", address) or self._now("550"):
            return REFUSALS["550"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail, or fail as told."""
        self.attempts += 1
        fault = self.fault if self.times > 0 else ""
        self.times = max(0, self.times - 1)
        if fault in REFUSALS:
            return REFUSALS[fault]
        if fault != "hangup":
            self._store(envelope)
        if fault in {"lost", "hangup"} and server.transport is not None:
            server.transport.abort()
        if fault == "slow":
            await asyncio.Event().wait()
        return "250 OK: queued"

    def _sign_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        said = data.password.decode()
        if said == self.password:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {said} is not the password")

    def _now(self, fault: str) -> bool:
        if self.fault != fault or self.times < 1:
            return False
        self.times -= 1
        return True

    def _store(self, envelope: Envelope) -> None:
        raw = envelope.original_content or b""
        self.stored.append(StoredMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        self.on_stored(raw)
