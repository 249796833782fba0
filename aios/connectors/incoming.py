"""What a reader makes of something from outside: an `Incoming` message, or a `Problem` for the quarantine."""

from dataclasses import dataclass, field

from aios.events.catalog import IncomingMessage

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Attachment:
    """A file as it came with a message: never opened, never unpacked. `data` is None where it is not kept."""

    name: str
    media_type: str
    size: int
    data: bytes | None = field(default=None, repr=False)
    note: str = ""


@dataclass(frozen=True)
class Incoming:
    """A message that could be read. `source` and `source_id` say where it came from; the log takes each pair once."""

    source: str
    source_id: str
    message: IncomingMessage
    attachments: tuple[Attachment, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Problem:
    """Something that could not be read: why, what a person can do, and its bytes where they are small enough."""

    name: str
    reason: str
    remedy: str
    data: bytes = field(default=b"", repr=False)
    media_type: str = "application/octet-stream"
    size: int = 0
