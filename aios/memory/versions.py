"""Versions: an item corrected or retracted, and everything it has said, with who changed it, when and why.

The events of an item's corrections stand in the stream of its first version, so that one reading tells them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from aios.database.blobs import put_bytes
from aios.errors import Conflict, InvalidInput
from aios.events.catalog import MemoryAdded, MemoryClosed
from aios.events.event import Event, NewEvent
from aios.events.log import EventLog
from aios.ids import new_id
from aios.memory import lexical
from aios.memory.item import Item, all_items, get_item, read_items, with_neighbours
from aios.memory.tables import memory_items
from aios.memory.told import beside
from aios.text import clean

SUPERSEDED = "superseded by "
"""How the reason begins with which a version was closed for the sake of the next; its id follows."""


@dataclass(frozen=True)
class Version:
    """What an item said, from `added_at` until `closed_at` ("": still believed), by whom, why, and by which events."""

    item_id: str
    number: int
    title: str
    text: str
    valid_from: str
    valid_to: str
    added_at: str
    added_by: str
    added_reason: str
    added_event: str
    closed_at: str
    closed_by: str
    closed_reason: str
    closed_event: str


def correct(tx: Connection, log: EventLog, item: Item, changed: Item, reason: str, actor: str) -> str:
    """Believe what is `changed` instead of the item, from now on; returns the id of the new version."""
    _must_be_open(item)
    text = clean(changed.text).strip()
    if not text:
        raise InvalidInput("A correction needs a text.", "Retract the item if nothing of it is true.")
    about = {"first": first_of(item), "revision": revision_of(item) + 1, "supersedes": item.item_id}
    added = MemoryAdded(
        item_id=new_id("mem", log.clock.now()),
        kind=item.kind,
        title=clean(changed.title, 300),
        blob=put_bytes(tx, text.encode(), "text/markdown"),
        subject=item.subject,
        source=item.source,
        ordinal=item.ordinal,
        valid_from=changed.valid_from,
        valid_to=changed.valid_to,
        attributes=changed.attributes | about | {"reason": clean(reason, 500)},
    )
    _close(tx, log, item, f"{SUPERSEDED}{added.item_id}: {reason}", actor)
    log.append(tx, NewEvent(_stream(item), added, actor=actor))
    new = [get_item(tx, added.item_id)]
    lexical.write(tx, with_neighbours(new, beside(tx, new)))
    return added.item_id


def retract(tx: Connection, log: EventLog, item: Item, reason: str, actor: str) -> None:
    """No longer believe the item; it stays readable as closed."""
    _must_be_open(item)
    _close(tx, log, item, reason, actor)


def versions(connection: Connection, log: EventLog, item: Item) -> list[Version]:
    """Every version of the item, oldest first; of a document's piece, what stood in its place."""
    changes = _changes(connection, log, _stream(item))
    added = {event.payload.item_id: event for event in changes if isinstance(event.payload, MemoryAdded)}
    closed = {event.payload.item_id: event for event in changes if isinstance(event.payload, MemoryClosed)}
    mine = memory_items.c.item_id.in_(list(added))
    if item.kind == "document":
        mine = (memory_items.c.source == item.source) & (memory_items.c.ordinal == item.ordinal)
    held = sorted(read_items(connection, all_items().where(mine)), key=lambda one: added[one.item_id].position)
    return [_version(one, number, added, closed) for number, one in enumerate(held, 1)]


def first_of(item: Item) -> str:
    """The id of the item's first version."""
    return str(item.attributes.get("first", item.item_id))


def revision_of(item: Item) -> int:
    """Which version of itself the item is; a document's pieces go by the document's."""
    return int(item.attributes.get("revision") or item.attributes.get("version") or 1)


def superseded_by(item: Item) -> str:
    """The id of the version that took the item's place ("": none did)."""
    named = item.closed_reason.removeprefix(SUPERSEDED).split(":")[0]
    return named if item.closed_reason.startswith(f"{SUPERSEDED}mem_") else ""


def _must_be_open(item: Item) -> None:
    if item.kind == "document":
        raise Conflict(f"{item.item_id} is part of {item.source}.", "Change or remove the document's file instead.")
    if newer := superseded_by(item):
        raise Conflict(f"{item.item_id} was superseded by {newer}.", f"Change that: `aios memory show {newer}`.")
    if item.closed_at:
        raise Conflict(f"{item.item_id} is closed already.", "List what is believed with `aios memory search`.")


def _close(tx: Connection, log: EventLog, item: Item, reason: str, actor: str) -> None:
    closed = MemoryClosed(item_id=item.item_id, reason=clean(reason, 500))
    log.append(tx, NewEvent(_stream(item), closed, actor=actor))
    lexical.close(tx, [item.item_id], apart=True)


def _stream(item: Item) -> str:
    return f"memory/{item.source if item.kind == 'document' else first_of(item)}"


def _changes(connection: Connection, log: EventLog, stream: str) -> list[Event]:
    found: list[Event] = []
    types = (MemoryAdded.type, MemoryClosed.type)
    while page := log.read(connection, stream=stream, types=types, after=found[-1].position if found else 0):
        found.extend(page)
    return found


def _version(item: Item, number: int, added: Mapping[str, Event], closed: Mapping[str, Event]) -> Version:
    began, ended = added[item.item_id], closed.get(item.item_id)
    return Version(
        item_id=item.item_id,
        number=number,
        title=item.title,
        text=item.text,
        valid_from=item.valid_from,
        valid_to=item.valid_to,
        added_at=item.added_at,
        added_by=began.actor,
        added_reason=str(item.attributes.get("reason", "")),
        added_event=began.id,
        closed_at=item.closed_at,
        closed_by=ended.actor if ended else "",
        closed_reason=item.closed_reason,
        closed_event=ended.id if ended else "",
    )
