"""Telling: things to remember, each on its own or at its place in a source such as a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_
from sqlalchemy.engine import Connection

from aios.database.blobs import put_many
from aios.errors import InvalidInput
from aios.events.catalog import MemoryAdded
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.identity.contact import require_known
from aios.ids import new_id
from aios.memory import lexical
from aios.memory.item import Item, all_items, read_items, with_neighbours
from aios.memory.tables import memory_items
from aios.text import clean


@dataclass(frozen=True)
class Told:
    """One thing to remember. With an `ordinal`, its neighbours in its `source` help to find it."""

    text: str
    kind: str = "note"
    title: str = ""
    subject: str = "business"
    source: str = "owner"
    ordinal: int = 0
    valid_from: str = ""
    valid_to: str = ""
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])


def tell(tx: Connection, log: EventLog, told: Sequence[Told], actor: str = "owner") -> list[str]:
    """Log and index the things; returns their ids. `Conflict` where one is about a contact that was forgotten."""
    require_known(tx, {one.subject for one in told} - {"business"})
    texts = [_text_of(one) for one in told]
    blobs = put_many(tx, [text.encode() for text in texts], "text/markdown")
    added = [_added(log, one, blob) for one, blob in zip(told, blobs, strict=True)]
    log.append_all(tx, [NewEvent(f"memory/{one.item_id}", one, actor=actor) for one in added])
    ids = [one.item_id for one in added]
    items = [item for some in _portions(ids) for item in read_items(tx, all_items().where(column.item_id.in_(some)))]
    lexical.write(tx, with_neighbours(items, beside(tx, items)))
    return ids


column = memory_items.c


def _text_of(one: Told) -> str:
    text = clean(one.text).strip()
    if not text:
        raise InvalidInput("There is nothing to remember.", "Give it a text.")
    if one.kind == "document":
        raise InvalidInput("A document comes as a file.", "Add it with `aios memory add FILE`, or choose a kind.")
    return text


def _added(log: EventLog, one: Told, blob: str) -> MemoryAdded:
    return MemoryAdded(
        item_id=new_id("mem", log.clock.now()),
        kind=clean(one.kind, 40),
        title=clean(one.title, 300),
        blob=blob,
        subject=one.subject,
        source=clean(one.source, 400),
        ordinal=one.ordinal,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        attributes=one.attributes,
    )


def beside(tx: Connection, items: Sequence[Item]) -> list[Item]:
    """What is believed and stands beside those of the items that have a place."""
    places = {(item.source, item.ordinal + step) for item in items if item.ordinal for step in (-2, -1, 1, 2)}
    places -= {(item.source, item.ordinal) for item in items}
    found: list[Item] = []
    for some in _portions(sorted(places)):
        there = or_(*((column.source == source) & (column.ordinal == ordinal) for source, ordinal in some))
        found.extend(read_items(tx, all_items().where(column.closed_at == "", there)))
    return found


def _portions(whole: Sequence[Any]) -> list[Sequence[Any]]:
    return [whole[start : start + 200] for start in range(0, len(whole), 200)]
