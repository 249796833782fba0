"""Searching: words and meaning, fused, weighed, without repetitions, each hit with its reasons."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.memory import lexical
from aios.memory.asked import Asked
from aios.memory.fusion import EACH, Fused, fuse, weighed
from aios.memory.item import Item, all_items, read_items
from aios.memory.priors import priors
from aios.memory.ranking import Match, by_words, of_these
from aios.memory.recalled import Recall, Recalled, recalled
from aios.memory.tables import LINKS, memory_items, memory_lexical
from aios.memory.uses import uses_of

BY_WORDS = 50
"""How many are weighed where there are words alone."""

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_NUMBERS: sa.BindParameter[Any] = sa.bindparam("numbers", expanding=True)
_ITEMS = all_items().where(memory_items.c.item_id.in_(_IDS))
_LINKS = sa.select(memory_lexical.c.item_id, *(memory_lexical.c[link] for link in LINKS)).where(
    memory_lexical.c.item_id.in_(_IDS)
)
_ITS_WORDS = sa.select(memory_lexical.c.number, memory_lexical.c.words).where(memory_lexical.c.number.in_(_NUMBERS))


def search(connection: Connection, asked: Asked, near: Sequence[tuple[str, float]]) -> Recall:
    """The best items; `near` is what the vector index found, as far as there is one."""
    indexed = lexical.exists(connection)
    each = EACH if near else max(BY_WORDS, asked.k)
    words = by_words(connection, asked, each) if indexed else []
    meant = of_these(connection, asked, dict(near))
    ranked = fuse(_scores(words), _scores(meant), each)
    ranked = _weighed(connection, ranked, {one.item_id: one for one in (*words, *meant)}, asked)
    found = _found(connection, ranked, asked, indexed=indexed)
    return Recall(tuple(found), "" if indexed else "The word index is gone; `aios rebuild` makes it again.")


def _scores(matches: Sequence[Match]) -> list[tuple[str, float]]:
    return [(one.item_id, one.score) for one in matches]


def _weighed(
    connection: Connection, ranked: Sequence[Fused], matches: Mapping[str, Match], asked: Asked
) -> list[Fused]:
    uses = uses_of(connection, [one.item_id for one in ranked]) if asked.by_use else {}
    given = {
        one.item_id: priors(one.subject, one.since, uses.get(one.item_id), about=asked.about, at=asked.at)
        for one in map(matches.__getitem__, (one.item_id for one in ranked))
    }
    return weighed(ranked, given)


def _found(connection: Connection, ranked: Sequence[Fused], asked: Asked, *, indexed: bool) -> list[Recalled]:
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
    beside = _words_beside(connection, [item.item_id for item, _ in kept]) if indexed else {}
    return [
        recalled(item, one, asked.query, beside.get(item.item_id, ()), also.get(item.item_id, ())) for item, one in kept
    ]


def _said(item: Item) -> str:
    """What an item says, whatever its case and spacing, to whom it belongs."""
    return " ".join([item.kind, item.subject, *item.title.casefold().split(), "|", *item.text.casefold().split()])


def _words_beside(connection: Connection, item_ids: Sequence[str]) -> dict[str, set[str]]:
    """The stems that stand in the neighbours of each of those, as the word index sees them."""
    rows = connection.execute(_LINKS, {"ids": item_ids}).all()
    beside = {row.item_id: {number for number in row[1:] if number >= 0} for row in rows}
    wanted = set[int]().union(*beside.values())
    words = {row.number: row.words for row in connection.execute(_ITS_WORDS, {"numbers": list(wanted)})}
    return {
        item_id: set[str]().union(*(words.get(number, ()) for number in numbers)) for item_id, numbers in beside.items()
    }


def _by_id(connection: Connection, item_ids: Sequence[str]) -> list[Item]:
    return read_items(connection, _ITEMS, ids=item_ids)
