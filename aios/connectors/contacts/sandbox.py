"""`SandboxContacts`: keeps cards in the outbox folder instead of an address book."""

from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.captured import replace_file
from aios.connectors.contacts import card
from aios.connectors.contacts.request import Change, Create, Receipt, Remove, Request, Restore, file_of, mark_of, parse
from aios.errors import SoftFailure
from aios.ids import digest_bytes
from aios.settings import Settings


class SandboxContacts:
    """Cards that no other program sees: one `.vcf` file each in `AIOS_HOME/outbox/contacts`.

    A card of the real address book is not there; what is changed of it is kept as a card with the changed fields alone.
    """

    name = "contacts"
    mode: Literal["sandbox", "live"] = "sandbox"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.folder = settings.home / "outbox" / "contacts"

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it in the folder; a card that carries the effect's mark already stays as it is."""
        asked = parse(operation, request)
        file, mark = file_of(asked, key), mark_of(key)
        there = self._read(file)
        if there is not None and not isinstance(asked, Remove) and card.has_mark(there, mark):
            return _receipt(file, there)
        text = _text(asked, there, file, mark)
        try:
            replace_file(self.folder / file, text)
        except OSError as error:
            raise SoftFailure(f"The outbox cannot be written: {error}.", f"Make room in {self.folder}.") from error
        return _receipt(file, text, card.EMPTY if there is None and isinstance(asked, Change) else there)

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The mark in the file is proof; for a removal, that the file is gone."""
        asked = parse(operation, request)
        file = file_of(asked, key)
        there = self._read(file)
        if isinstance(asked, Remove):
            return Absent("its file is there") if there is not None else Found(_receipt(file, None))
        if there is not None and card.has_mark(there, mark_of(key)):
            return Found(_receipt(file, there))
        return Absent(f"no {file} that this effect has written")

    def check(self) -> Health:
        """The sandbox works wherever its folder can be written."""
        return Health(self.name, "ok", "sandbox: cards go to the outbox folder, nothing leaves this machine")

    def _read(self, file: str) -> bytes | None:
        try:
            return (self.folder / file).read_bytes()
        except FileNotFoundError:
            return None


def _text(asked: Request, there: bytes | None, file: str, mark: str) -> bytes | None:
    match asked:
        case Create():
            return card.written(asked, file.removesuffix(".vcf"), mark)
        case Change():
            return card.changed(there if there is not None else card.EMPTY, asked, mark)
        case Restore():
            return card.marked(asked.was.encode(), mark)
        case Remove():
            return None


def _receipt(file: str, now: bytes | None, was: bytes | None = None) -> dict[str, Any]:
    etag = digest_bytes(now)[:32] if now is not None else ""
    return Receipt(file=file, etag=etag, was=was.decode("utf-8", "replace") if was is not None else "").model_dump()
