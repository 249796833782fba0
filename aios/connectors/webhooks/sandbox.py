"""`SandboxWebhooks`: takes notices into the outbox folder instead of delivering them."""

import json
from pathlib import Path
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.captured import write_once
from aios.connectors.webhooks.notice import Notice, NoticeReceipt, id_of
from aios.errors import SoftFailure
from aios.settings import Settings


class SandboxWebhooks:
    """Webhooks that reach nobody: each becomes one `.json` file in `AIOS_HOME/outbox/webhooks`, named by its id."""

    name = "webhooks"
    mode: Literal["sandbox", "live"] = "sandbox"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.folder = settings.home / "outbox" / "webhooks"

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Write it as a whole or not at all; one that is there already stays as it is."""
        notice = Notice.model_validate(request)
        said = {"webhook-id": id_of(key), "url": notice.url, "body": json.loads(notice.body())}
        try:
            write_once(self._file(key), json.dumps(said, indent=2).encode())
        except OSError as error:
            raise SoftFailure(f"The outbox cannot be written: {error}.", f"Make room in {self.folder}.") from error
        return self._receipt(key)

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Found where its file is there; that it is not is proof, for the file appears in one step."""
        return Found(self._receipt(key)) if self._file(key).is_file() else Absent("it is not in the outbox")

    def check(self) -> Health:
        """The sandbox works wherever its folder can be written."""
        return Health(self.name, "ok", "sandbox: webhooks go to the outbox folder, nothing leaves this machine")

    def _file(self, key: str) -> Path:
        return self.folder / f"{id_of(key)}.json"

    def _receipt(self, key: str) -> dict[str, Any]:
        return NoticeReceipt(id=id_of(key), host="", file=f"outbox/webhooks/{self._file(key).name}").model_dump()
