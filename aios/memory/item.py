"""`Item`: one piece of knowledge, and how items are read from the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import get_many
from aios.errors import NotFound
from aios.memory.lexical import Indexed
from aios.memory.tables import memory_items


@dataclass(frozen=True)
class Item:
    """Something that is or was believed. `ordinal` is its place in its `source`, from 1; 0 where it stands alone.

    `added_by` is the event that told of it.
    """

    item_id: str
    kind: str
    title: str
    text: str
    subject: str
    source: str
    ordinal: int
    valid_from: str
    valid_to: str
    attributes: dict[str, Any]
    added_at: str
    closed_at: str
    closed_reason: str
    added_by: str = ""


_KEPT = [name for name in Item.__dataclass_fields__ if name != "text"]


def read_items(connection: Connection, query: sa.Select[Any], **given: object) -> list[Item]:
    """The items whose rows the query over `memory_items` selects with what it is given, with their text."""
    return to_items(connection, connection.execute(query, given).all())


def to_items(connection: Connection, rows: Sequence[Any]) -> list[Item]:
    """The items of rows of `memory_items`, with their text."""
    texts = get_many(connection, [row.blob for row in rows])
    return [_to_item(row, texts) for row in rows]


def get_item(connection: Connection, item_id: str) -> Item:
    """The item of that id; `NotFound` where there is none."""
    found = read_items(connection, all_items().where(memory_items.c.item_id == item_id))
    if not found:
        raise NotFound(f"There is no memory {item_id}.", "Find it with `aios memory search`.")
    return found[0]


def all_items() -> sa.Select[Any]:
    """A query for every item, by source and place."""
    return sa.select(memory_items).order_by(memory_items.c.source, memory_items.c.ordinal, memory_items.c.item_id)


def believed(at: str, *, subjects: Sequence[str] = (), kinds: Sequence[str] = (), known_at: str = "") -> sa.Select[Any]:
    """A query for the ids of what is believed and valid at a moment, narrowed by subject and kind.

    With `known_at`, what was believed then, whatever has been learned since.
    """
    column = memory_items.c
    query = sa.select(column.item_id).where(
        column.valid_from <= at,
        sa.or_(column.valid_to == "", column.valid_to > at),
    )
    if known_at:
        later = sa.or_(column.closed_at == "", column.closed_at > known_at)
        query = query.where(column.added_at <= known_at, later)
    else:
        query = query.where(column.closed_at == "")
    if subjects:
        query = query.where(column.subject.in_(subjects))
    if kinds:
        query = query.where(column.kind.in_(kinds))
    return query


def with_neighbours(items: Sequence[Item], around: Sequence[Item] = ()) -> list[Indexed]:
    """The items as the lexical index takes them, with their neighbours among them and those around them.

    What is believed no longer stands beside nothing; pieces of a document keep to those of their version.
    """
    place = {_place(item): item for item in [*around, *items] if _has_place(item)}
    return [
        Indexed(
            item.item_id,
            text_of(item),
            before=_beside(place, item, -1),
            after=_beside(place, item, 1),
            second_before=_beside(place, item, -2),
            second_after=_beside(place, item, 2),
            believed=not item.closed_at,
        )
        for item in items
    ]


def text_of(item: Item) -> str:
    """What is searched in an item: its title and its text."""
    return f"{item.title}\n{item.text}"


def _has_place(item: Item) -> bool:
    return bool(item.ordinal) and (not item.closed_at or item.kind == "document")


def _place(item: Item, step: int = 0) -> tuple[str, int, int]:
    """Where an item stands: its source, which version of it, and its place; or that so many steps on."""
    return item.source, int(item.attributes.get("version", 0)), item.ordinal + step


def _beside(place: dict[tuple[str, int, int], Item], item: Item, step: int) -> str:
    other = place.get(_place(item, step)) if _has_place(item) else None
    return other.item_id if other is not None and _of_one_section(item, other) else ""


def _of_one_section(item: Item, other: Item) -> bool:
    """Whether one stands under the headings of the other: what comes after a heading is about something else."""
    paths: list[list[str]] = [list(one.attributes.get("headings", [])) for one in (item, other)]
    shorter, longer = sorted(paths, key=len)
    return longer[: len(shorter)] == shorter


def _to_item(row: Any, texts: Mapping[str, bytes]) -> Item:
    if row.blob not in texts:
        raise NotFound(f"The text of {row.item_id} is not kept.", "It may have been forgotten on request.")
    return Item(text=texts[row.blob].decode(), **{name: getattr(row, name) for name in _KEPT})
