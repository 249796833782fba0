"""The contract of the calendar: appointments are made, moved, cancelled and brought back, each undone by another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.calendar.address import SETTING
from aios.connectors.calendar.request import Cancel, Create, Move, Receipt, Restore
from aios.connectors.contract import Compensation, Contract, Operation, Rate
from aios.connectors.web import account_label
from aios.credentials.credentials import Credentials
from aios.settings import Settings

MARK = "a mark in the appointment, made from the effect's key"


def _preview_create(asked: Create) -> str:
    guests = f"\nInvited: {', '.join(asked.attendees)}" if asked.attendees else ""
    where = f"\nWhere: {asked.location}" if asked.location else ""
    when = f"{asked.start} to {asked.end}"
    return f"An appointment is made: {asked.title}\n{when}{where}{guests}\n{asked.description}".strip()


def _back(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    """Move it to where it was, unless somebody has changed it since."""
    from aios.connectors.calendar.appointment import span_of

    start, end = span_of(receipt["was"].encode())
    return {
        "uid": receipt["uid"],
        "etag": receipt["etag"],
        "start": start.isoformat(),
        "end": end.isoformat(),
    }


def _gone(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    return {"uid": receipt["uid"], "etag": receipt["etag"]}


def _undone_by(
    operation: str, request: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]], words: str
) -> Compensation:
    """A compensation that is only made by itself while the appointment is as we left it."""
    return Compensation(operation, request, words, thing="uid", unchanged=("etag", "start", "end"))


def _again(_request: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    return {"uid": receipt["uid"], "was": receipt["was"]}


def _account(settings: Settings) -> str:
    return account_label(settings, SETTING, "calendar")


def _sandbox(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.calendar.sandbox import SandboxCalendar  # icalendar takes a while to import

    return SandboxCalendar(settings, clock)


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.calendar.caldav import CalDav

    return CalDav(settings, clock)


CALENDAR = Contract(
    name="calendar",
    version=1,
    title="Calendar",
    operations=(
        Operation(
            name="create",
            request=Create,
            receipt=Receipt,
            identified_by=f"the appointment's UID, made from the effect's key, and {MARK}",
            undo=_undone_by("cancel", _gone, "The appointment can be cancelled; who was invited may have seen it."),
            risk="message",
            preview=_preview_create,
        ),
        Operation(
            name="move",
            request=Move,
            receipt=Receipt,
            identified_by=MARK,
            undo=_undone_by("move", _back, "It can be moved back to when it was."),
            risk="message",
            preview=lambda asked: f"The appointment {asked.uid} is moved to {asked.start}, until {asked.end}.",
        ),
        Operation(
            name="cancel",
            request=Cancel,
            receipt=Receipt,
            identified_by="that the appointment is no longer there",
            undo=_undone_by("restore", _again, "It can be brought back as it was."),
            risk="message",
            preview=lambda asked: f"The appointment {asked.uid} is cancelled.",
        ),
        Operation(
            name="restore",
            request=Restore,
            receipt=Receipt,
            identified_by=MARK,
            undo=_undone_by("cancel", _gone, "It can be cancelled again."),
            risk="message",
            preview=lambda asked: f"The appointment {asked.uid} is brought back as it was.",
        ),
    ),
    rate=Rate(60, timedelta(minutes=1)),
    account=_account,
    configured=lambda settings: Credentials(settings).has(SETTING),
    sandbox=_sandbox,
    live=_live,
    credentials=(SETTING,),
)
