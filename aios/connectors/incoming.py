"""What a reader makes of something from outside: an `Incoming` message, a `Document`, or a `Problem` to quarantine."""

from dataclasses import dataclass, field

from aios.events.catalog import IncomingMessage, Payload

MEGABYTE = 1_000_000

MOST_PROBLEMS = 50
"""Sentences about a document that are kept; what has more is broken all over."""


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


@dataclass(frozen=True)
class Fact:
    """One thing that a document says, on the stream of what it is about. The log takes each source id once."""

    stream: str
    source_id: str
    payload: Payload


@dataclass(frozen=True)
class Document:
    """A file that says facts and is no message: the one that it came, and the ones that are in it.

    `source` with their source ids tells a fact that is known already, by whatever file it came. `mail` is the mail that
    brought it, where one did.
    """

    name: str
    source: str
    itself: Fact
    facts: tuple[Fact, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    media_type: str = "application/octet-stream"
    mail: bytes = field(default=b"", repr=False)
