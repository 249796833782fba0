"""Outgoing webhooks under the contract suite: the outbox folder, and a receiver of Standard Webhooks."""

from pathlib import Path
from typing import Any, Literal

from aios.connectors.webhooks.notice import id_of
from tests.peers.hooks import SECRET, HookPeer

ANSWERS = {"busy": 429, "broken": 500, "refused": 400}
NOTICE = {"type": "lead.answered", "happened_at": "2026-11-02T10:00:00+01:00", "data": {"case": "lead-0001"}}


class WebhookSandbox:
    """The outbox folder."""

    connector, operation, marker = "webhooks", "send", b""
    mode: Literal["sandbox", "live"] = "sandbox"

    def start(self, home: Path) -> None:
        self.request: dict[str, Any] = {"url": "https://n8n.example/hook", **NOTICE}
        self.folder = home / "outbox" / "webhooks"

    def stop(self) -> None:
        pass

    def port(self) -> int | None:
        return None

    def settings(self, port: int | None) -> dict[str, Any]:
        return {}

    def count(self, key: str) -> int:
        return int((self.folder / f"{id_of(key)}.json").exists())

    def answer(self, answer: str) -> bool:
        return False


class WebhookReceiver:
    """A receiver, which takes each id once. Nobody can ask it what it has: the same notice comes again instead."""

    connector, operation, marker = "webhooks", "send", b"POST /hook"
    mode: Literal["sandbox", "live"] = "live"
    can_be_asked = False

    def start(self, home: Path) -> None:
        self.peer = HookPeer().start()

    def stop(self) -> None:
        self.peer.stop()

    def port(self) -> int | None:
        return self.peer.port

    def settings(self, port: int | None) -> dict[str, Any]:
        self.request = {"url": f"http://127.0.0.1:{port}/hook", **NOTICE}
        return {"aios_webhook_signing_secret": SECRET, "aios_webhook_private": f"127.0.0.1:{port}"}

    def count(self, key: str) -> int:
        return int(id_of(key) in self.peer.taken)

    def answer(self, answer: str) -> bool:
        self.peer.answers = [ANSWERS[answer]]
        return True
