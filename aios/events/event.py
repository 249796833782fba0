"""An event: as it is proposed to the log, and as the log keeps it."""

from dataclasses import dataclass, field

from pydantic import BaseModel


@dataclass(frozen=True)
class NewEvent:
    """A fact on its way into the log.

    `stream` names the thing it is about (`case/lead-0001`). `source` and `source_id` together say where in the
    outside world it came from; the log takes each pair once. `caused_by` is the id of the event that led to it.
    """

    stream: str
    payload: BaseModel
    case_id: str | None = None
    source: str | None = None
    source_id: str | None = None
    actor: str = "system"
    caused_by: str | None = None


@dataclass(frozen=True)
class Event:
    """A fact in the log. `payload` is of the newest version of its type, whatever version was written.

    `forgotten_by` is the id of the certificate that says it was emptied on request; None for what stands as written.
    """

    position: int
    id: str
    stream: str
    seq: int
    type: str
    at: str
    payload: BaseModel = field(repr=False)
    case_id: str | None = None
    source: str | None = None
    source_id: str | None = None
    actor: str = "system"
    caused_by: str | None = None
    forgotten_by: str | None = None


@dataclass(frozen=True)
class Appended:
    """What the log answers: the event, and whether it was there already (same source and source id)."""

    event: Event
    duplicate: bool
