"""The calendar under the contract suite: the outbox folder, and a real CalDAV server (Radicale)."""

from pathlib import Path
from typing import Any, Literal

from aios.connectors.calendar.request import mark_of
from tests.peers.radicale import Radicale

REQUEST: dict[str, Any] = {
    "title": "Call with Mira",
    "start": "2026-11-05T10:00:00+01:00",
    "end": "2026-11-05T10:30:00+01:00",
}


def _made_by(key: str, texts: list[str]) -> int:
    return sum(mark_of(key) in text.replace("\r\n ", "") for text in texts)


class CalendarSandbox:
    """The outbox folder."""

    connector, operation, request, marker = "calendar", "create", REQUEST, b""
    mode: Literal["sandbox", "live"] = "sandbox"

    def start(self, home: Path) -> None:
        self.folder = home / "outbox" / "calendar"

    def stop(self) -> None:
        pass

    def port(self) -> int | None:
        return None

    def settings(self, port: int | None) -> dict[str, Any]:
        return {}

    def count(self, key: str) -> int:
        return _made_by(key, [file.read_bytes().decode() for file in self.folder.glob("*.ics")])

    def answer(self, answer: str) -> bool:
        return False


class CalendarServer:
    """Radicale, which keeps a file for each appointment."""

    connector, operation, request, marker = "calendar", "create", REQUEST, b"PUT "
    answers = ()  # Radicale has no way to be told so
    mode: Literal["sandbox", "live"] = "live"

    def start(self, home: Path) -> None:
        self.peer = Radicale(home / "radicale").start()

    def stop(self) -> None:
        self.peer.stop()

    def port(self) -> int | None:
        return self.peer.port

    def settings(self, port: int | None) -> dict[str, Any]:
        return {"aios_caldav_url": self.peer.url.replace(f":{self.peer.port}/", f":{port}/")}

    def count(self, key: str) -> int:
        return _made_by(key, list(self.peer.appointments().values()))

    def answer(self, answer: str) -> bool:
        return False
