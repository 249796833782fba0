"""`TransferFiles`: writes a transfer as a SEPA file into a folder, once; the owner uploads it to the bank.

A copy is kept where nobody takes it from, so that a look-up knows of a file that the owner has moved on. It is made
before the file appears, which happens in one step: what lies `ready` for that has not appeared.
"""

import os
import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from aios.banking.transfer import Account, Transfer, reference, write_transfers
from aios.clock import Clock
from aios.connectors.bank_transfer.request import Party, Pay, PayReceipt, TakeBack, TakeBackReceipt
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.captured import write_once
from aios.connectors.contract import differences
from aios.errors import BusinessFailure, HardFailure, SoftFailure
from aios.faults import reach
from aios.settings import Mode, Settings

FOLDERS: dict[Mode, str] = {"sandbox": "outbox/transfers", "live": "transfers"}
"""Where the files are for the owner to take, in the home; below it, `kept` holds the copies."""

KEPT = "kept"
_DAY = re.compile(rb"<Dt>([0-9-]{10})</Dt>")


class TransferFiles:
    """The same in both modes; what the sandbox writes is in another folder, and is for no bank."""

    name = "bank_transfer"

    def __init__(self, settings: Settings, clock: Clock, mode: Mode) -> None:
        self.home = settings.home
        self.clock = clock
        self.mode: Mode = mode
        self.folder = self.home / FOLDERS[mode]

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Write the file as a whole or not at all, or take one back that nobody has picked up."""
        asked = _parse(operation, request)
        try:
            return self._pay(asked, key) if isinstance(asked, Pay) else self._take_back(asked)
        except OSError as error:
            raise SoftFailure(f"The transfer cannot be written: {error}.", f"Make room in {self.folder}.") from error

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The copy is proof, unless the file lies ready still: then nobody can have seen it, nor taken it."""
        asked = _parse(operation, request)
        if isinstance(asked, TakeBack):
            taken = self._taken(asked.message_id).is_file()
            return Found(_taken_back(asked.message_id)) if taken else Absent("the file was not taken back")
        if not self._has_appeared(key):
            return Absent(f"no {self._file(key).name}")
        there = next(file for file in (self._kept(key), self._file(key)) if file.is_file())
        return Found(self._receipt(key, there.read_bytes()))

    def check(self) -> Health:
        """It works wherever its folder can be written."""
        there = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if not os.access(there, os.W_OK):
            return Health(self.name, "down", f"{self.folder} cannot be written.", "Give yourself write access to it.")
        said = "files for the bank" if self.mode == "live" else "sandbox: files that no bank sees"
        return Health(self.name, "ok", f"{said}, in {self.folder.relative_to(self.home)}")

    def _pay(self, asked: Pay, key: str) -> dict[str, Any]:
        """Ready it, keep a copy, let it appear: after a crash, each step is seen to have happened or not."""
        if self._file(key).is_file():
            write_once(self._kept(key), self._file(key).read_bytes())
        if not self._has_appeared(key):
            write_once(self._ready(key), self._written(asked, key))
            self._let_appear(key)
        return self._receipt(key, self._kept(key).read_bytes())

    def _has_appeared(self, key: str) -> bool:
        kept_only = self._kept(key).is_file() and not self._ready(key).is_file()
        return self._file(key).is_file() or kept_only

    def _let_appear(self, key: str) -> None:
        with suppress(FileNotFoundError):  # another process has just let it appear
            write_once(self._kept(key), self._ready(key).read_bytes())
            reach("kept")
            os.replace(self._ready(key), self._file(key))

    def _written(self, asked: Pay, key: str) -> bytes:
        now = self.clock.now()
        on = max(date.fromisoformat(asked.due), now.date()) if asked.due else now.date()
        transfer = Transfer(key, _account(asked.payee), asked.cents, asked.text)
        return write_transfers(key, _account(asked.payer), (transfer,), on=on, made_at=now)

    def _take_back(self, asked: TakeBack) -> dict[str, Any]:
        taken = self._taken(asked.message_id)
        if not taken.is_file():
            taken.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.replace(self.folder / f"{asked.message_id}.xml", taken)  # only one of us and the owner can have it
            except FileNotFoundError:
                remedy = "Recall it at the bank, or ask the payee to send it back."
                raise BusinessFailure("The file was picked up already; the bank may have it.", remedy) from None
        return _taken_back(asked.message_id)

    def _receipt(self, key: str, data: bytes) -> dict[str, Any]:
        found = _DAY.search(data)
        on = found[1].decode() if found else ""
        file = str(self._file(key).relative_to(self.home))
        return PayReceipt(message_id=reference(key), id=reference(key), file=file, on=on).model_dump()

    def _file(self, key: str) -> Path:
        return self.folder / f"{reference(key)}.xml"

    def _kept(self, key: str) -> Path:
        return self.folder / KEPT / f"{reference(key)}.xml"

    def _ready(self, key: str) -> Path:
        return self.folder / KEPT / f"{reference(key)}.ready"

    def _taken(self, message_id: str) -> Path:
        return self.folder / KEPT / f"{message_id}.taken-back.xml"


def _account(party: Party) -> Account:
    return Account(party.name, party.iban, party.bic)


def _taken_back(message_id: str) -> dict[str, Any]:
    return TakeBackReceipt(message_id=message_id, status="taken back").model_dump()


_REQUESTS: dict[str, type[BaseModel]] = {"pay": Pay, "take_back": TakeBack}


def _parse(operation: str, request: dict[str, Any]) -> Pay | TakeBack:
    model = _REQUESTS.get(operation)
    if model is None:
        raise HardFailure(f"A bank has no operation {operation[:40]!r}.", f"Known are {', '.join(_REQUESTS)}.")
    try:
        return model.model_validate(request)  # pyright: ignore[reportReturnType]  # one of the two
    except ValidationError as error:
        reason = "; ".join(differences(error)[:3])
        raise HardFailure(f"The transfer cannot be: {reason}.", "Correct it in the decision.") from None
