"""Contacts under the contract suite: the outbox folder, and a real CardDAV server (Radicale)."""

from pathlib import Path
from typing import Any, Literal

from aios.connectors.contacts.request import mark_of
from tests.peers.radicale import Radicale

REQUEST: dict[str, Any] = {"name": "Mira Köhler", "emails": ["mira@kaffeekontor.example"], "note": "Roasts; slowly."}


def _made_by(key: str, texts: list[str]) -> int:
    return sum(mark_of(key) in text for text in texts)


class ContactsSandbox:
    """The outbox folder."""

    connector, operation, request, marker = "contacts", "create", REQUEST, b""
    mode: Literal["sandbox", "live"] = "sandbox"

    def start(self, home: Path) -> None:
        self.folder = home / "outbox" / "contacts"

    def stop(self) -> None:
        pass

    def port(self) -> int | None:
        return None

    def settings(self, port: int | None) -> dict[str, Any]:
        return {}

    def count(self, key: str) -> int:
        return _made_by(key, [file.read_text("utf-8") for file in self.folder.glob("*.vcf")])

    def answer(self, answer: str) -> bool:
        return False


class AddressBookServer:
    """Radicale, which keeps a file for each card."""

    connector, operation, request, marker = "contacts", "create", REQUEST, b"PUT "
    answers = ()  # Radicale has no way to be told so
    mode: Literal["sandbox", "live"] = "live"

    def start(self, home: Path) -> None:
        self.peer = Radicale(home / "radicale").start()

    def stop(self) -> None:
        self.peer.stop()

    def port(self) -> int | None:
        return self.peer.port

    def settings(self, port: int | None) -> dict[str, Any]:
        return {"aios_carddav_url": self.peer.book_url.replace(f":{self.peer.port}/", f":{port}/")}

    def count(self, key: str) -> int:
        return _made_by(key, list(self.peer.cards().values()))

    def answer(self, answer: str) -> bool:
        return False
