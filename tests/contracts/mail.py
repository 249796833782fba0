"""Mail under the contract suite: the outbox folder, and a real SMTP server whose mails a real Dovecot files in Sent."""

from pathlib import Path
from typing import Any, Literal

import pytest

from aios.connectors.mail.message import message_token
from aios.ids import digest_bytes
from tests.contracts.subject import FILE
from tests.peers.imap import DovecotMissing, start_dovecot
from tests.peers.smtp import SmtpPeer

REQUEST: dict[str, Any] = {
    "to": ["mira@kaffeekontor.example"],
    "subject": "Your site",
    "text": "Dear Mira",
    "attachments": [
        {"name": "Rechnung ü.pdf", "media_type": "application/pdf", "blob": digest_bytes(FILE), "size": len(FILE)}
    ],
}
ANSWERS = {"busy": "451", "refused": "550"}


class MailSandbox:
    """The outbox folder."""

    connector, operation, request, marker = "mail", "send", REQUEST, b""
    mode: Literal["sandbox", "live"] = "sandbox"

    def start(self, home: Path) -> None:
        self.outbox = home / "outbox"

    def stop(self) -> None:
        pass

    def port(self) -> int | None:
        return None

    def settings(self, port: int | None) -> dict[str, Any]:
        return {}

    def count(self, key: str) -> int:
        return sum(message_token(key) in file.read_text("utf-8") for file in self.outbox.glob("*.eml"))

    def answer(self, answer: str) -> bool:
        return False


class MailServer:
    """aiosmtpd and Dovecot; what SMTP takes lies in Sent, as with most providers."""

    connector, operation, request, marker = "mail", "send", REQUEST, b"\r\n.\r\n"
    answers = tuple(ANSWERS)
    mode: Literal["sandbox", "live"] = "live"

    def start(self, home: Path) -> None:
        try:
            self.imap = start_dovecot()
        except DovecotMissing as missing:
            pytest.skip(f"IMAP: {missing}")
        self.smtp = SmtpPeer(on_stored=lambda raw: self.imap.deliver(raw, "Sent")).start()

    def stop(self) -> None:
        self.smtp.stop()
        self.imap.stop()

    def port(self) -> int | None:
        return self.smtp.port

    def settings(self, port: int | None) -> dict[str, Any]:
        return {
            "aios_smtp_url": f"smtp://127.0.0.1:{port}",
            "aios_imap_url": self.imap.url,
            "aios_imap_sent": "Sent",
            "aios_smtp_files_sent": True,
        }

    def count(self, key: str) -> int:
        return sum(message_token(key).encode() in mail.raw for mail in self.smtp.stored)

    def answer(self, answer: str) -> bool:
        self.smtp.fail(ANSWERS[answer])
        return True
