"""`SandboxCalendar`: keeps appointments in a folder instead of a calendar."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, CannotTell, Found, Health, LookUp
from aios.connectors.calendar import appointment
from aios.connectors.calendar.request import (
    LOOK_AGAIN,
    MOVED_ON,
    Cancel,
    Create,
    Move,
    Receipt,
    Restore,
    mark_of,
    parse,
    text_of,
    uid_of,
)
from aios.connectors.calendar.slots import Busy
from aios.connectors.captured import replace_file
from aios.errors import HardFailure, SoftFailure
from aios.ids import digest_bytes
from aios.settings import Settings


class SandboxCalendar:
    """Appointments that nobody else sees: one `.ics` file each in `AIOS_HOME/outbox/calendar`."""

    name = "calendar"
    mode: Literal["sandbox", "live"] = "sandbox"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.folder = settings.home / "outbox" / "calendar"

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it in the folder; an appointment that carries the effect's mark stays as it is."""
        asked = parse(operation, request)
        uid, mark = uid_of(asked, key), mark_of(key)
        there = self._read(uid)
        if there is not None and not isinstance(asked, Cancel) and appointment.has_mark(there, mark):
            return _receipt(uid, there)
        if there is not None:
            _must_be_as_shown(asked, there)
        match asked:
            case Create():
                text = appointment.written(asked, uid, mark, self.clock.now(), self.settings.aios_owner_email)
                return self._keep(uid, text)
            case Restore():
                return self._keep(uid, appointment.marked(asked.was.encode(), mark, self.clock.now()))
            case Move() if there is None:
                raise HardFailure("The appointment is not in the calendar.", "Propose another one.")
            case Move():
                text = appointment.moved(there or b"", asked, mark, self.clock.now())
                return {**self._keep(uid, text), "was": (there or b"").decode()}
            case Cancel():
                self._file(uid).unlink(missing_ok=True)
                return Receipt(uid=uid, was=(there or b"").decode()).model_dump()

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The mark in the file is proof; for a cancellation, that the file is gone."""
        asked = parse(operation, request)
        uid = uid_of(asked, key)
        there = self._read(uid)
        if isinstance(asked, Cancel):
            return Absent("its file is there") if there else Found(Receipt(uid=uid).model_dump())
        if there is None and isinstance(asked, Move):
            return CannotTell("its file is gone")
        if there is None or not appointment.has_mark(there, mark_of(key)):
            return Absent(f"no {uid}.ics that this effect has made")
        return Found(_receipt(uid, there))

    def check(self) -> Health:
        """The sandbox works wherever its folder can be written."""
        return Health(self.name, "ok", "sandbox: appointments go to the outbox folder, nothing leaves this machine")

    def busy(self, after: datetime, until: datetime) -> list[Busy]:
        """When the appointments in the folder are."""
        spans = (appointment.span_of(file.read_bytes()) for file in self.folder.glob("*.ics"))
        return sorted(span for span in spans if span[0] < until and after < span[1])

    def disconnect(self) -> None:
        """Nothing is open to the outside."""

    def _keep(self, uid: str, text: bytes) -> dict[str, Any]:
        """Write the file so that it is there whole or not at all."""
        try:
            replace_file(self._file(uid), text)
        except OSError as error:
            raise SoftFailure(f"The outbox cannot be written: {error}.", f"Make room in {self.folder}.") from error
        return _receipt(uid, text)

    def _read(self, uid: str) -> bytes | None:
        try:
            return self._file(uid).read_bytes()
        except FileNotFoundError:
            return None

    def _file(self, uid: str) -> Path:
        return self.folder / f"{uid}.ics"


def _must_be_as_shown(asked: Create | Move | Cancel | Restore, there: bytes) -> None:
    """What another has made or changed meanwhile is not overwritten, as a server would not."""
    if isinstance(asked, Create | Restore):
        raise HardFailure("The calendar has another appointment there.", LOOK_AGAIN)
    if asked.etag not in ("", _etag(there)):
        raise HardFailure(MOVED_ON, LOOK_AGAIN)


def _etag(text: bytes) -> str:
    return digest_bytes(text)[:32]


def _receipt(uid: str, text: bytes) -> dict[str, Any]:
    start, end = appointment.span_of(text)
    return Receipt(uid=uid, etag=_etag(text), start=text_of(start), end=text_of(end)).model_dump()
