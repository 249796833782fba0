"""Transfers under the contract suite: the folders are the outside, and a copy says what was picked up."""

from pathlib import Path
from typing import Any, Literal

from aios.banking.transfer import reference
from aios.connectors.bank_transfer.files import FOLDERS

REQUEST: dict[str, Any] = {
    "payer": {"name": "Nordlicht Studio", "iban": "DE75512108001245126199"},
    "payee": {"name": "Kaffeekontor GmbH", "iban": "DE89370400440532013000"},
    "cents": 11900,
    "text": "R-1",
}


class TransferSandbox:
    """The folder of the sandbox."""

    connector, operation, request, marker = "bank_transfer", "pay", REQUEST, b""
    mode: Literal["sandbox", "live"] = "sandbox"

    def start(self, home: Path) -> None:
        self.folder = home / FOLDERS[self.mode]

    def stop(self) -> None:
        pass

    def port(self) -> int | None:
        return None

    def settings(self, port: int | None) -> dict[str, Any]:
        return {}

    def count(self, key: str) -> int:
        return sum(reference(key) in file.read_text() for file in self.folder.glob("*.xml"))

    def answer(self, answer: str) -> bool:
        return False


class TransferFolder(TransferSandbox):
    """The folder that the owner takes files from."""

    mode: Literal["sandbox", "live"] = "live"
