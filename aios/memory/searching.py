"""Searching: words and meaning, fused, weighed, without repetitions, each hit with its reasons."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.among import among
from aios.database.prepared import Prepared
from aios.memory import lexical
from aios.memory.asked import Asked
from aios.memory.fusion import EACH, Fused, fuse, weighed
from aios.memory.item import Item, all_items, to_items
from aios.memory.priors import priors
from aios.memory.ranking import Match, by_words, of_these
from aios.memory.recalled import Recall, Recalled, recalled
from aios.memory.stems import stem
from aios.memory.tables import LINKS, memory_items, memory_lexical
from aios.memory.uses import uses_of

BY_WORDS = 50
"""How many are weighed where there are words alone."""

_ITEMS = Prepared(all_items().where(among(memory_items.c.item_id, "ids")))
_OTHER = memory_lexical.alias("other")
_WORDS_BESIDE = Prepared(
    sa.select(memory_lexical.c.item_id, sa.type_coerce(_OTHER.c.words, sa.Text).label("words"))
    .join(_OTHER, _OTHER.c.number.in_([memory_lexical.c[link] for link in LINKS]))
    .where(among(memory_lexical.c.item_id, "ids"))
)


def search(connection: Connection, asked: Asked, near: Sequence[tuple[str, float]]) -> Recall:
    """The best items; `near` is what the vector index found, as far as there is one."""
    indexed = lexical.exists(connection)
    each = EACH if near else max(BY_WORDS, asked.k)
    words = by_words(connection, asked, each) if indexed else []
    meant = of_these(connection, asked, dict(near))
    fused = fuse(_scores(words), _scores(meant), each)
    ranked = _weighed(connection, fused, {one.item_id: one for one in (*words, *meant)}, asked)
    found = _found(connection, ranked, asked, indexed=indexed)
    return Recall(tuple(found), "" if indexed else "The word index is gone; `aios rebuild` makes it again.")


def _scores(matches: Sequence[Match]) -> list[tuple[str, float]]:
    return [(one.item_id, one.score) for one in matches]


def _weighed(
    connection: Connection, ranked: Sequence[Fused], matches: Mapping[str, Match], asked: Asked
) -> Iterator[Fused]:
    uses = uses_of(connection, [one.item_id for one in ranked]) if asked.by_use else {}
    given = {
        one.item_id: priors(one.subject, one.since, uses.get(one.item_id), about=asked.about, at=asked.at)
        for one in map(matches.__getitem__, (one.item_id for one in ranked))
    }
    return weighed(ranked, given)


def _found(connection: Connection, ranked: Iterator[Fused], asked: Asked, *, indexed: bool) -> list[Recalled]:
    """The first `k` that say different things, each with where else the same is said."""
    kept: list[tuple[Item, Fused]] = []
    also: dict[str, list[str]] = {}
    same: dict[str, str] = {}
    while len(kept) < asked.k and (some := list(islice(ranked, asked.k))):
        items = {item.item_id: item for item in _by_id(connection, [one.item_id for one in some])}
        for one in some:
            item = items[one.item_id]
            first = same.setdefault(_said(item), item.item_id)
            if first == item.item_id:
                kept.append((item, one))
            else:
                also.setdefault(first, []).append(item.source)
    kept = kept[: asked.k]
    beside = _stems_beside(connection, [item.item_id for item, _ in kept], asked.query) if indexed else {}
    return [
        recalled(item, one, asked.query, beside.get(item.item_id, ()), also.get(item.item_id, ())) for item, one in kept
    ]


def _said(item: Item) -> str:
    """What an item says, whatever its case and spacing, to whom it belongs."""
    return " ".join([item.kind, item.subject, *item.title.casefold().split(), "|", *item.text.casefold().split()])


def _stems_beside(connection: Connection, item_ids: Sequence[str], query: str) -> dict[str, set[str]]:
    """The stems of the query that stand in the neighbours of each of those, as the word index sees them."""
    keys = {word: f'"{word}":' for word in map(stem, lexical.terms(query))}
    beside: dict[str, set[str]] = defaultdict(set)
    for item_id, words in _WORDS_BESIDE.all(connection, ids=item_ids):
        beside[item_id].update(word for word, key in keys.items() if key in words)  # as canonical JSON has it
    return beside


def _by_id(connection: Connection, item_ids: Sequence[str]) -> list[Item]:
    return to_items(connection, _ITEMS.all(connection, ids=item_ids))
