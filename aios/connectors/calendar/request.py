"""What can be done to a calendar: create, move, cancel and restore an appointment; and what comes of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from aios.connectors.contract import parse_request
from aios.connectors.fields import Address, Line, Words
from aios.ids import digest

Uid = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9@._+-]+$")]
"""A UID as calendars make them; nothing that could lead to another path of the server."""


MOVED_ON = "The appointment has changed since it was shown."
LOOK_AGAIN = "Look at the calendar, then propose it anew."


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Request):
    """From `start` up to `end`, both with their offset from UTC."""

    start: AwareDatetime
    end: AwareDatetime

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Span":
        if self.end <= self.start:
            raise ValueError("it ends before it starts")
        return self


class Create(Span):
    """A new appointment. Its UID follows from the effect's key."""

    title: Line = Field(min_length=1, max_length=300)
    description: Words = Field("", max_length=20_000)
    location: Line = Field("", max_length=300)
    attendees: tuple[Address, ...] = Field((), max_length=50)


class Move(Span):
    """Another time for an appointment. `etag` is the version that was shown ("": whichever there is)."""

    uid: Uid
    etag: str = Field("", max_length=200)


class Cancel(_Request):
    """No longer hold an appointment. `etag` as for `Move`."""

    uid: Uid
    etag: str = Field("", max_length=200)


class Restore(_Request):
    """Bring a cancelled appointment back, as the receipt of its cancellation kept it."""

    uid: Uid
    was: str = Field(min_length=1, max_length=200_000)


Asked = Create | Move | Cancel | Restore

REQUESTS: Mapping[str, type[Asked]] = {"create": Create, "move": Move, "cancel": Cancel, "restore": Restore}


class Receipt(_Request):
    """What the calendar holds now. `was` is the appointment before it was moved or cancelled, as iCalendar text."""

    uid: str
    etag: str = ""
    start: str = ""
    end: str = ""
    was: str = ""


def parse(operation: str, request: Mapping[str, Any]) -> Asked:
    """The request of an effect; `HardFailure` where it can be none."""
    return parse_request("Calendar", REQUESTS, operation, request)


def uid_of(request: Asked, key: str) -> str:
    """The appointment that the effect is about; that of a new one follows from the effect's key alone."""
    return f"aios-{digest(key)[:32]}" if isinstance(request, Create) else request.uid


def mark_of(key: str) -> str:
    """What an effect leaves in the appointment, so that a look-up can tell that it was there."""
    return digest(f"calendar mark of {key}")[:32]


def text_of(moment: datetime) -> str:
    """A moment as a receipt keeps it."""
    return moment.isoformat()
