"""`CalDav`: the owner's calendar on a CalDAV server (RFC 4791), one resource per appointment, safe by ETag."""

from datetime import UTC, datetime
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, CannotTell, Found, Health, LookUp
from aios.connectors.calendar import appointment
from aios.connectors.calendar.address import SETTING
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
from aios.connectors.web import Reply, SignedIn, Web
from aios.errors import AiosError, HardFailure
from aios.settings import Settings

GONE = frozenset({404, 410})
CHANGED = 412
FORM = "https://user:password@host/path/to/calendar/"

_FREE_BUSY = """<?xml version="1.0" encoding="utf-8"?>
<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">
  <C:time-range start="{start}" end="{end}"/>
</C:free-busy-query>
"""


class CalDav:
    """A calendar that others see too.

    What was not there is created with `If-None-Match: *`, what is there is changed only at the version that was read,
    so nothing that somebody else did meanwhile is overwritten. Each change leaves the effect's mark in the appointment.
    """

    name = "calendar"
    mode: Literal["sandbox", "live"] = "live"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.account = SignedIn("The calendar server", SETTING, FORM, settings)

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it; an appointment that carries the effect's mark already stays as it is."""
        asked = parse(operation, request)
        uid, mark = uid_of(asked, key), mark_of(key)
        match asked:
            case Create():
                text = appointment.written(asked, uid, mark, self.clock.now(), self.settings.aios_owner_email)
                receipt = self._put_new(uid, text, mark)
            case Restore():
                receipt = self._put_new(uid, appointment.marked(asked.was.encode(), mark, self.clock.now()), mark)
            case Move():
                receipt = self._move(asked, mark)
            case Cancel():
                receipt = self._cancel(asked)
        return receipt.model_dump()

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The mark in the appointment is proof; for a cancellation, that the appointment is gone."""
        asked = parse(operation, request)
        uid = uid_of(asked, key)
        there = self._get(uid)
        if isinstance(asked, Cancel):
            return Absent("it is still in the calendar") if there else Found(Receipt(uid=uid).model_dump())
        if there is None and isinstance(asked, Move):
            return CannotTell("the appointment is no longer in the calendar")
        if there is None or not appointment.has_mark(there.body, mark_of(key)):
            return Absent(f"no appointment {uid} that this effect has made")
        return Found(_receipt(uid, there).model_dump())

    def check(self) -> Health:
        """Asks for the calendar's kind, without changing anything."""
        if not self.account.is_set:
            return Health(self.name, "off", "There is no calendar.", "Set AIOS_CALDAV_URL to your calendar's address.")
        try:
            self._web().call("PROPFIND", "", headers={"Depth": "0"})
        except AiosError as error:
            return Health(self.name, "down", error.message, error.remedy)
        return Health(self.name, "ok", "live: appointments are made in your calendar")

    def busy(self, after: datetime, until: datetime) -> list[Busy]:
        """When the calendar is busy, series included; what is cancelled or marked as free is left out by the server."""
        asked = _FREE_BUSY.format(start=_basic(after), end=_basic(until)).encode()
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        return appointment.busy_in(self._web().call("REPORT", "", body=asked, headers=headers).body)

    def disconnect(self) -> None:
        """Close the connections; the next use opens them again."""
        self.account.close()

    def _put_new(self, uid: str, text: bytes, mark: str) -> Receipt:
        answer = self._put(uid, text, {"If-None-Match": "*"})
        there = self._get(uid)
        if answer.status != CHANGED and there is not None:
            return _receipt(uid, there)
        if there is None or not appointment.has_mark(there.body, mark):
            raise HardFailure(f"The calendar has another appointment {uid}.", LOOK_AGAIN)
        return _receipt(uid, there)

    def _move(self, asked: Move, mark: str) -> Receipt:
        there = self._get(asked.uid)
        if there is None:
            raise HardFailure("The appointment is no longer in the calendar.", LOOK_AGAIN)
        if appointment.has_mark(there.body, mark):
            return _receipt(asked.uid, there)
        self._must_be_as_shown(asked.etag, there)
        text = appointment.moved(there.body, asked, mark, self.clock.now())
        if self._put(asked.uid, text, _if_match(there)).status == CHANGED:
            raise HardFailure(MOVED_ON, LOOK_AGAIN)
        after = self._get(asked.uid)
        return _receipt(asked.uid, after or there, was=there.body.decode("utf-8", "replace"))

    def _cancel(self, asked: Cancel) -> Receipt:
        there = self._get(asked.uid)
        if there is None:
            return Receipt(uid=asked.uid)
        self._must_be_as_shown(asked.etag, there)
        fine = GONE | {CHANGED}
        if self._web().call("DELETE", _path(asked.uid), headers=_if_match(there), fine=fine).status == CHANGED:
            raise HardFailure(MOVED_ON, LOOK_AGAIN)
        return Receipt(uid=asked.uid, was=there.body.decode("utf-8", "replace"))

    def _must_be_as_shown(self, etag: str, there: Reply) -> None:
        if etag and etag != there.headers.get("etag", ""):
            raise HardFailure(MOVED_ON, LOOK_AGAIN)

    def _get(self, uid: str) -> Reply | None:
        reply = self._web().call("GET", _path(uid), fine=GONE)
        return None if reply.status in GONE else reply

    def _put(self, uid: str, text: bytes, headers: dict[str, str]) -> Reply:
        kind = {"Content-Type": "text/calendar; charset=utf-8"}
        return self._web().call("PUT", _path(uid), body=text, headers={**kind, **headers}, fine=frozenset({CHANGED}))

    def _web(self) -> Web:
        return self.account.web()


def _path(uid: str) -> str:
    return f"{uid}.ics"


def _if_match(there: Reply) -> dict[str, str]:
    return {"If-Match": there.headers["etag"]} if "etag" in there.headers else {}


def _receipt(uid: str, there: Reply, was: str = "") -> Receipt:
    start, end = appointment.span_of(there.body)
    return Receipt(uid=uid, etag=there.headers.get("etag", ""), start=text_of(start), end=text_of(end), was=was)


def _basic(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
