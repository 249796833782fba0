"""Agreement: whether the items, the word index and the vector index hold the same, and whether an item finds itself."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.memory import lexical, postings
from aios.memory.item import Item, all_items, read_items, text_of
from aios.memory.tables import memory_items, memory_lexical
from aios.memory.vectors import Failure, Vectors

SAMPLE = 50
"""How many items are looked up by themselves; they are spread evenly over all."""


@dataclass(frozen=True)
class Agreement:
    """What differs. `strange` is in an index and no item, or no longer believed; `lost` does not find itself.

    `notice` says why the vector index could not be asked.
    """

    words_missing: tuple[str, ...] = ()
    words_strange: tuple[str, ...] = ()
    words_lost: tuple[str, ...] = ()
    vectors_missing: tuple[str, ...] = ()
    vectors_strange: tuple[str, ...] = ()
    vectors_lost: tuple[str, ...] = ()
    looked_up: int = 0
    notice: str = ""

    @property
    def differing(self) -> int:
        """How many differences there are."""
        words = len(self.words_missing) + len(self.words_strange) + len(self.words_lost)
        return words + len(self.vectors_missing) + len(self.vectors_strange) + len(self.vectors_lost)

    @property
    def lost(self) -> bool:
        """Whether an index is wrong within itself, so that only making it again helps."""
        return bool(self.words_lost or self.vectors_lost)


def compare(connection: Connection, vectors: Vectors) -> Agreement:
    """Compare each id, and look a sample of the items up by themselves in both indexes."""
    wanted = frozenset(connection.scalars(sa.select(memory_items.c.item_id).where(memory_items.c.closed_at == "")))
    sample = _sample(connection, sorted(wanted))
    words = _in_words(connection, wanted, sample)
    try:
        held, lost = vectors.held(), vectors.not_found_by_themselves([item.item_id for item in sample])
    except Failure as error:
        return Agreement(*words, looked_up=len(sample), notice=str(error))
    if held is None:
        return Agreement(*words, looked_up=len(sample))
    return Agreement(*words, _sorted(wanted - held), _sorted(held - wanted), tuple(lost), len(sample))


def _in_words(
    connection: Connection, wanted: frozenset[str], sample: Sequence[Item]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    if not lexical.exists(connection):
        return _sorted(wanted), (), ()
    column = memory_lexical.c
    rows = connection.execute(sa.select(column.item_id, column.believed)).all()
    believed = frozenset(row.item_id for row in rows if row.believed)
    known = frozenset(connection.scalars(sa.select(memory_items.c.item_id)))
    strange = (believed - wanted) | (frozenset(row.item_id for row in rows) - known)
    lost = _lost(connection, [item for item in sample if item.item_id in believed])
    return _sorted(wanted - believed), _sorted(strange), lost


def _lost(connection: Connection, items: Sequence[Item]) -> tuple[str, ...]:
    """Those whose own words do not lead to them as often as they hold them."""
    column = memory_lexical.c
    query = sa.select(column.item_id, column.number).where(column.item_id.in_([item.item_id for item in items]))
    numbers = {row.item_id: row.number for row in connection.execute(query)}
    lost: list[str] = []
    for item in items:
        counts = Counter(lexical.stems(text_of(item)))
        found = postings.find(connection, list(counts))
        there = {word: int(often[at == numbers[item.item_id]].sum()) for word, (at, often) in found.items()}
        if there != {word: min(count, postings.MOST) for word, count in counts.items()}:
            lost.append(item.item_id)
    return tuple(lost)


def _sample(connection: Connection, ids: Sequence[str]) -> list[Item]:
    some = ids[:: max(1, -(-len(ids) // SAMPLE))]
    return read_items(connection, all_items().where(memory_items.c.item_id.in_(some)))


def _sorted(ids: AbstractSet[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
