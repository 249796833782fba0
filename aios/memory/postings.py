"""Postings: where each stem stands, in blocks of a fixed number of pieces, so that a write touches few bytes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.upsert import upsert
from aios.memory.tables import memory_postings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 8192
"""Numbers in a block; a place in it takes two bytes."""

MOST = 65_535
"""The highest count that two bytes hold."""

AT_ONCE = 400
"""Words in one statement."""

Counts = Mapping[str, int]

Places = tuple["NDArray[np.int32]", "NDArray[np.uint16]"]
"""The numbers of the pieces that hold a stem, and how often each does."""

_OF_WORDS: Any = (
    sa.select(memory_postings.c.word, memory_postings.c.block, memory_postings.c.data)
    .where(memory_postings.c.word.in_(sa.bindparam("words", expanding=True)))
    .where(memory_postings.c.block >= sa.bindparam("first"))
    .order_by(memory_postings.c.word, memory_postings.c.block)
)


def add(tx: Connection, pieces: Iterable[tuple[int, Counts]]) -> None:
    """Add the stems of new pieces, each given by its number."""
    entries: dict[tuple[str, int], bytearray] = defaultdict(bytearray)
    for number, counts in pieces:
        block, place = divmod(number, BLOCK)
        for word, count in counts.items():
            entries[word, block] += place.to_bytes(2, "little") + min(count, MOST).to_bytes(2, "little")
    if not entries:
        return
    insert = upsert(tx, memory_postings)
    joined = sa.cast(memory_postings.c.data.op("||")(insert.excluded.data), sa.LargeBinary)
    rows = [{"word": word, "block": block, "data": bytes(data)} for (word, block), data in sorted(entries.items())]
    tx.execute(insert.on_conflict_do_update(index_elements=["word", "block"], set_={"data": joined}), rows)


def remove(tx: Connection, pieces: Iterable[tuple[int, Counts]]) -> None:
    """Take the pieces out, each given by its number and its stems; no trace of either stays."""
    gone: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, counts in pieces:
        block, place = divmod(number, BLOCK)
        for word in counts:
            gone[block][word].add(place)
    for block, words in gone.items():
        for some in _portions(sorted(words)):
            _remove(tx, block, {word: words[word] for word in some})


def _remove(tx: Connection, block: int, places: Mapping[str, set[int]]) -> None:
    column = memory_postings.c
    rows = tx.execute(
        sa.select(column.word, column.data).where(column.block == block, column.word.in_(list(places)))
    ).all()
    left = {row.word: _without(row.data, places[row.word]) for row in rows}
    key = sa.and_(column.word == sa.bindparam("a_word"), column.block == block)
    if changed := [{"a_word": word, "rest": data} for word, data in left.items() if data]:
        tx.execute(sa.update(memory_postings).where(key).values(data=sa.bindparam("rest")), changed)
    if empty := [{"a_word": word} for word, data in left.items() if not data]:
        tx.execute(sa.delete(memory_postings).where(key), empty)


def find(connection: Connection, words: Sequence[str], first: int = 0) -> dict[str, Places]:
    """For each of the stems that stands anywhere from that block on, the pieces it stands in."""
    import numpy as np

    if not words:
        return {}
    blocks: dict[str, list[int]] = defaultdict(list)
    parts: dict[str, list[bytes]] = defaultdict(list)
    for row in connection.execute(_OF_WORDS, {"words": list(words), "first": first}).all():
        blocks[row.word].append(row.block)
        parts[row.word].append(row.data)
    found: dict[str, Places] = {}
    for word, some in parts.items():  # all blocks of a word in one go: there are as many as thousands of pieces
        pairs = np.frombuffer(b"".join(some), "<u2").reshape(-1, 2)
        starts = np.repeat(np.array(blocks[word], np.int32) * BLOCK, [len(part) // 4 for part in some])
        found[word] = (starts + pairs[:, 0], pairs[:, 1].copy())
    return found


def _without(data: bytes, places: set[int]) -> bytes:
    pairs = (data[at : at + 4] for at in range(0, len(data), 4))
    return b"".join(pair for pair in pairs if int.from_bytes(pair[:2], "little") not in places)


def _portions(words: Sequence[str]) -> Iterable[Sequence[str]]:
    return (words[start : start + AT_ONCE] for start in range(0, len(words), AT_ONCE))
