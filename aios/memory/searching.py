"""Searching: words and meaning, fused, weighed, without repetitions, each hit with its reasons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.memory import lexical
from aios.memory.fusion import EACH, Fused, fuse, weighed
from aios.memory.item import Item, all_items, believed, read_items
from aios.memory.priors import priors
from aios.memory.recalled import Recall, Recalled, recalled
from aios.memory.tables import LINKS, memory_items, memory_lexical
from aios.memory.uses import uses_of

BY_WORDS = 50
"""How many are weighed where there are words alone."""


@dataclass(frozen=True)
class Asked:
    """What is looked for. `at` is when items must be valid, `known_at` when they must have been believed ("": now).

    `about` names the subjects that a case is about: what concerns them comes a little earlier. `by_use` lets what was
    of use come a little earlier; a context leaves it out, so that it can be made again as it was.
    """

    query: str
    k: int
    at: str
    subjects: Sequence[str] = ()
    kinds: Sequence[str] = ()
    known_at: str = ""
    about: Collection[str] = ()
    by_use: bool = False


def search(connection: Connection, asked: Asked, near: Sequence[tuple[str, float]]) -> Recall:
    """The best items; `near` is what the vector index found, as far as there is one."""
    notice = "" if lexical.exists(connection) else "The word index is gone; `aios rebuild` makes it again."
    among = believed(asked.at, subjects=asked.subjects, kinds=asked.kinds, known_at=asked.known_at)
    each = EACH if near else max(BY_WORDS, asked.k)
    words = lexical.search(connection, asked.query, among, each, ever=bool(asked.known_at))
    allowed = _allowed(connection, [one for one, _ in near], among)
    ranked = fuse(words, [pair for pair in near if pair[0] in allowed], each)
    ranked = _weighed(connection, ranked, asked)
    return Recall(tuple(_found(connection, ranked, asked)), notice)


def _allowed(connection: Connection, item_ids: Sequence[str], among: sa.Select[Any]) -> set[str]:
    """Those that the filters let through; the filter as a column, so that SQLite looks up these and no others."""
    if not item_ids:
        return set()
    fits = sa.true() if among.whereclause is None else among.whereclause
    query = sa.select(memory_items.c.item_id, fits.label("fits")).where(memory_items.c.item_id.in_(item_ids))
    return {row.item_id for row in connection.execute(query) if row.fits}


def _weighed(connection: Connection, ranked: Sequence[Fused], asked: Asked) -> list[Fused]:
    ids = [one.item_id for one in ranked]
    column = memory_items.c
    query = sa.select(column.item_id, column.subject, column.added_at, column.valid_from)
    rows = connection.execute(query.where(column.item_id.in_(ids))).all()
    uses = uses_of(connection, ids) if asked.by_use else {}
    given = {
        row.item_id: priors(
            row.subject, max(row.added_at, row.valid_from), uses.get(row.item_id), about=asked.about, at=asked.at
        )
        for row in rows
    }
    return weighed(ranked, given)


def _found(connection: Connection, ranked: Sequence[Fused], asked: Asked) -> list[Recalled]:
    """The first `k` that say different things, each with where else the same is said."""
    kept: list[tuple[Item, Fused]] = []
    also: dict[str, list[str]] = {}
    same: dict[str, str] = {}
    for start in range(0, len(ranked), asked.k):
        some = ranked[start : start + asked.k]
        items = {item.item_id: item for item in _by_id(connection, [one.item_id for one in some])}
        for one in some:
            item = items[one.item_id]
            first = same.setdefault(_said(item), item.item_id)
            if first == item.item_id:
                kept.append((item, one))
            else:
                also.setdefault(first, []).append(item.source)
        if len(kept) >= asked.k:
            break
    kept = kept[: asked.k]
    beside = _words_beside(connection, [item.item_id for item, _ in kept])
    return [
        recalled(item, one, asked.query, beside.get(item.item_id, ()), also.get(item.item_id, ())) for item, one in kept
    ]


def _said(item: Item) -> str:
    """What an item says, whatever its case and spacing, to whom it belongs."""
    return " ".join([item.kind, item.subject, *item.title.casefold().split(), "|", *item.text.casefold().split()])


def _words_beside(connection: Connection, item_ids: Sequence[str]) -> dict[str, set[str]]:
    """The stems that stand in the neighbours of each of those, as the word index sees them."""
    if not lexical.exists(connection):
        return {}
    column = memory_lexical.c
    rows = connection.execute(
        sa.select(column.item_id, *(column[link] for link in LINKS)).where(column.item_id.in_(item_ids))
    ).all()
    beside = {row.item_id: {number for number in row[1:] if number >= 0} for row in rows}
    wanted = set[int]().union(*beside.values())
    query = sa.select(column.number, column.words).where(column.number.in_(wanted))
    words = {row.number: row.words for row in connection.execute(query)}
    return {
        item_id: set[str]().union(*(words.get(number, ()) for number in numbers)) for item_id, numbers in beside.items()
    }


def _by_id(connection: Connection, item_ids: Sequence[str]) -> list[Item]:
    return read_items(connection, all_items().where(memory_items.c.item_id.in_(item_ids)))
