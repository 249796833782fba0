"""Memory: what is believed, and what no longer is."""

from typing import Any

from pydantic import Field

from aios.events.payload import Payload


class MemoryAdded(Payload):
    """A piece of knowledge is believed from now on. `text` is under `blob`; `subject` a contact id or `business`.

    `ordinal` is its place among the pieces of one `source` (a document, a conversation).
    """

    type = "memory.added"
    personal = frozenset({"title", "source", "attributes"})
    impersonal = frozenset({"item_id", "kind", "blob", "subject", "valid_from", "valid_to"})
    item_id: str
    kind: str
    title: str
    blob: str
    subject: str
    source: str
    ordinal: int = 0
    valid_from: str = ""
    valid_to: str = ""
    attributes: dict[str, Any] = Field(default_factory=dict)


class MemoryClosed(Payload):
    """A piece of knowledge is no longer believed: superseded by a newer version, removed, or retracted."""

    type = "memory.closed"
    personal = frozenset({"reason"})
    impersonal = frozenset({"item_id"})
    item_id: str
    reason: str


class MemorySupported(Payload):
    """A further source says what an item says: who, in which event, how surely and in which words."""

    type = "memory.supported"
    personal = frozenset({"source"})
    impersonal = frozenset({"item_id"})
    item_id: str
    source: dict[str, Any]
