"""An outside that counts, whose things can be taken away again and changed by others, even in the middle of a call."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from aios.connectors.base import Found, LookUp
from aios.connectors.contract import Compensation, Contract, Irreversible, Operation
from aios.connectors.mail.message import MailRequest
from aios.errors import HardFailure
from aios.traffic.rates import Rate
from tests.desk import PostBox


class Remove(BaseModel):
    """Take it away, if it is still at this version."""

    version: int


class Shelf(PostBox):
    """`version` is what others change; `meanwhile` is what they do in the middle of an operation."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.version = 1
        self.meanwhile: Callable[[], None] | None = None

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        self._interrupted()
        if operation == "remove" and request["version"] != self.version:
            raise HardFailure("It has changed since.")
        receipt = super().perform(operation, request, key)
        self._interrupted()
        return {**receipt, "version": self.version}

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        answer = super().look_up(operation, request, key)
        return Found({**answer.receipt, "version": self.version}) if isinstance(answer, Found) else answer

    def _interrupted(self) -> None:
        others, self.meanwhile = self.meanwhile, None
        if others:
            others()


def _operation(name: str, request: type[BaseModel], undo: Compensation | Irreversible) -> Operation:
    return Operation(name, request, BaseModel, "its key", undo, "low", lambda _asked: f"It would {name}.")


REMOVED = Compensation(
    "remove",
    lambda _asked, left: {"version": left["version"]},
    "It can be taken away.",
    thing="message_id",
    unchanged=("version",),
)

SHELF = Contract(
    name="mail",
    version=1,
    title="Shelf",
    operations=(
        _operation("send", MailRequest, REMOVED),
        _operation("remove", Remove, Irreversible("What was taken away is gone.")),
    ),
    rate=Rate(1000, timedelta(seconds=1)),
    account=lambda _settings: "shelf",
    configured=lambda _settings: True,
    sandbox=lambda _settings, _clock: Shelf(Path()),
    live=lambda _settings, _clock: Shelf(Path()),
)
