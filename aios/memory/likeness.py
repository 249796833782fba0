"""Likeness: items that say the same in about the same words, so that one of them is enough.

Two items are alike only if they are of one kind and subject, valid at the same time, hold the same words that say
something, the same figures and the same denials, and most of their pairs of words. Another price keeps them apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy.engine import Connection

from aios.events.log import EventLog
from aios.memory import lexical
from aios.memory.expiry import ACTOR
from aios.memory.item import Item, all_items, read_items, text_of
from aios.memory.tables import memory_items
from aios.memory.versions import correct, retract

BAR = 0.6
"""The share of word pairs (of both items together) that two items must have in common."""

APART = ("document", "fact", "summary")
"""Kinds that see to themselves: documents by their file, facts by what they claim, summaries by their contact."""

DENIALS = frozenset("no not never nor without nicht kein keine keinen keiner nie ohne cannot".split())


@dataclass(frozen=True)
class Alike:
    """Items that say the same, the oldest first. What the owner wrote is `proposed` only: it is not merged silently."""

    items: tuple[Item, ...]

    @property
    def proposed(self) -> bool:
        """Whether one of them is the owner's own."""
        return any(item.source == "owner" for item in self.items)


def alike(connection: Connection) -> list[Alike]:
    """The groups of items that are believed and say the same."""
    column = memory_items.c
    query = all_items().where(column.closed_at == "", column.ordinal == 0, column.kind.not_in(APART))
    groups: dict[tuple[object, ...], list[Item]] = defaultdict(list)
    for item in read_items(connection, query):
        groups[_matter(item)].append(item)
    return [
        Alike(tuple(some))
        for group in groups.values()
        for some in _near(sorted(group, key=lambda item: (item.added_at, item.item_id)))
    ]


def merge(tx: Connection, log: EventLog) -> list[str]:
    """Keep the oldest of each group, with the sources of all of them, and close the rest; returns what was closed."""
    closed: list[str] = []
    for group in alike(tx):
        if group.proposed:
            continue
        kept, *others = group.items
        sources = [*kept.attributes.get("sources", ()), *map(_source, others)]
        new = correct(tx, log, kept, replace(kept, attributes=kept.attributes | {"sources": sources}), "merged", ACTOR)
        for item in others:
            retract(tx, log, item, f"says the same as {new}", ACTOR)
        closed += [item.item_id for item in others]
    return closed


def _source(item: Item) -> dict[str, str]:
    return {"source": item.source, "event_id": item.added_by, "item_id": item.item_id}


def _matter(item: Item) -> tuple[object, ...]:
    words = lexical.words(text_of(item))
    saying = frozenset(word for word in words if word not in lexical.STOP)
    figures = tuple(sorted(word for word in words if any(sign.isdigit() for sign in word)))
    denials = tuple(sorted(word for word in words if word in DENIALS))
    return item.kind, item.subject, item.valid_from, item.valid_to, saying, figures, denials


def _near(items: Sequence[Item]) -> Iterable[list[Item]]:
    """Of items with the same words, those that have them in about the same order, each group with its oldest first."""
    left = [(item, _pairs(item)) for item in items]
    while left:
        (first, pairs), *rest = left
        near = [item for item, others in rest if _common(pairs, others) >= BAR]
        if near:
            yield [first, *near]
        taken = {item.item_id for item in near}
        left = [pair for pair in rest if pair[0].item_id not in taken]


def _pairs(item: Item) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(["", *lexical.words(text_of(item)), ""]))


def _common(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> float:
    return len(one & other) / len(one | other)
