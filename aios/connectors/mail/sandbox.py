"""`SandboxMail`: takes mails into the outbox folder instead of sending them."""

import os
import re
from pathlib import Path
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.captured import write_once
from aios.connectors.mail.attachment import Contents, nothing_kept
from aios.connectors.mail.message import compose, message_token, parse, to_bytes
from aios.errors import SoftFailure
from aios.settings import Settings


class SandboxMail:
    """Mail that does not leave the machine: each mail becomes one `.eml` file in `AIOS_HOME/outbox`.

    Its file name follows from the effect's key, so that a mail is there once however often it is written.
    """

    name = "mail"
    mode: Literal["sandbox", "live"] = "sandbox"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.outbox = settings.home / "outbox"
        self.contents: Contents = nothing_kept

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Write the mail as a whole or not at all; a mail that is there already stays as it is."""
        mail = parse(operation, request)
        message = compose(mail, key, self.settings, self.clock.now(), self.contents)
        try:
            write_once(self._file(key), to_bytes(message))
        except OSError as error:
            raise SoftFailure(f"The outbox cannot be written: {error}.", f"Make room in {self.outbox}.") from error
        return self._receipt(key, str(message["Message-ID"]), mail.to)

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Found where its file is there; that it is not is proof, for the file appears in one step."""
        if not self._file(key).is_file():
            return Absent(f"no {self._file(key).name} in the outbox")
        mail = parse(operation, request)
        found = re.search(rf"^Message-ID: (<{message_token(key)}@[^>]+>)", self._file(key).read_text("utf-8"), re.M)
        return Found(self._receipt(key, found.group(1) if found else "", mail.to))

    def check(self) -> Health:
        """The sandbox works wherever its folder can be written."""
        writable = os.access(self.outbox if self.outbox.exists() else self.settings.home.parent, os.W_OK)
        if not writable:
            return Health(self.name, "down", f"{self.outbox} cannot be written.", "Give yourself write access to it.")
        return Health(self.name, "ok", "sandbox: mails go to the outbox folder, nothing leaves this machine")

    def _file(self, key: str) -> Path:
        readable = re.sub(r"[^A-Za-z0-9-]+", ".", key)[:80].strip(".")
        return self.outbox / f"{readable}.{message_token(key)[5:17]}.eml"

    def _receipt(self, key: str, message_id: str, to: tuple[str, ...]) -> dict[str, Any]:
        return {"message_id": message_id, "file": f"outbox/{self._file(key).name}", "to": list(to)}
