"""The lexical index: each piece found by its own words first, then by its neighbours', then by those two away.

What a paragraph is about often stands in the one before. A word counts by its rarity and by how often it stands in the
piece's window (BM25). The index is the same on either store, is derived from the items, and may be deleted.
"""

import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.memory import postings
from aios.memory.stems import stem
from aios.memory.tables import LEXICAL_TABLES, LINKS, memory_items, memory_lexical, memory_lexical_state
from aios.memory.windows import Windows, windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = dict(zip(LINKS, (0.5, 0.5, 0.25, 0.25), strict=True))
"""What a word counts for beside the piece and two away; in the piece itself, 1."""

SATURATION, BY_LENGTH = 1.2, 0.75
"""How soon more of a word says no more, and how much a long window is held against a piece: BM25's usual values."""

MOST_TERMS = 64
"""Of a longer query, the words that come first: a mail says what it wants before its signature."""

OVERFETCH, WIDER = 1.25, 4000
"""How many times as many of the best as are wanted are looked up in the items; how many where filters are sharp."""

FEW = 16
"""Where so many times as many pieces hold a word, those in whose window it is are put in order rather than sought."""

LONGEST = 60

_TERM = re.compile(r"[^\W_]+")

_STOP = """
a an and are as at be been but by can could did do does for from had has have he her him his how i if in is it its me
my of on or our she so that the their them there they this to us was we were what when where which who why will with
would you your als am an auf aus bei bin bis das dass dem den der des die ein eine einem einen einer es fur hat ich
ihr im ist mit nach nicht oder sich sie sind so und uns von vor war was wenn wie wir wird zu zum zur uber
"""
STOP = frozenset(_STOP.split())
"""English and German words that say nothing about the matter, without their accents."""


@dataclass(frozen=True)
class Indexed:
    """A piece as the index takes it: its own text, and the ids of its neighbours in its source ("": none)."""

    item_id: str
    own: str
    before: str = ""
    after: str = ""
    second_before: str = ""
    second_after: str = ""
    believed: bool = True


# --- writing -----------------------------------------------------------------------------------------------------


def write(tx: Connection, pieces: Sequence[Indexed]) -> None:
    """Index the pieces; those indexed before are replaced."""
    if not pieces:
        return
    remove(tx, [piece.item_id for piece in pieces])
    generation, first = _advance(tx, len(pieces))
    numbers = {piece.item_id: number for number, piece in enumerate(pieces, first)}
    others = {getattr(piece, link) for piece in pieces for link in LINKS} - numbers.keys() - {""}
    held = {row.item_id: row.number for row in _rows(tx, others)}
    known = held | numbers
    rows: list[dict[str, Any]] = []
    for piece in pieces:
        counts = Counter(stems(piece.own))
        links = {link: known.get(getattr(piece, link), -1) for link in LINKS}
        about = {"length": counts.total(), "words": dict(counts), "believed": piece.believed, "changed": generation}
        rows.append({"item_id": piece.item_id, "number": numbers[piece.item_id]} | about | links)
    tx.execute(sa.insert(memory_lexical), rows)
    postings.add(tx, ((row["number"], row["words"]) for row in rows))
    there = set(held.values())
    for link, back in zip(LINKS, _BACK, strict=True):
        _relink(tx, back, [(row[link], row["number"]) for row in rows if row[link] in there], generation)


def close(tx: Connection, item_ids: Collection[str]) -> None:
    """The pieces are believed no longer; they are found only where what was believed earlier is asked for."""
    if item_ids:
        generation, _ = _advance(tx)
        for some in _portions(item_ids):
            update = sa.update(memory_lexical).where(memory_lexical.c.item_id.in_(some))
            tx.execute(update.values(believed=False, changed=generation))


def remove(tx: Connection, item_ids: Collection[str]) -> None:
    """Take the pieces out of the index, with every word of theirs."""
    rows = _rows(tx, item_ids)
    if not rows:
        return
    generation, _ = _advance(tx, made=uuid.uuid4().hex)
    postings.remove(tx, ((row.number, row.words) for row in rows))
    for link, back in zip(LINKS, _BACK, strict=True):
        _relink(tx, back, [(getattr(row, link), -1) for row in rows if getattr(row, link) >= 0], generation)
    for some in _portions(item_ids):
        tx.execute(sa.delete(memory_lexical).where(memory_lexical.c.item_id.in_(some)))


def clear(tx: Connection) -> None:
    """Delete the whole index and make it again, empty."""
    for table in LEXICAL_TABLES:
        table.drop(tx, checkfirst=True)
        table.create(tx)
    _advance(tx)


_BACK = ("after", "before", "second_after", "second_before")
"""How a neighbour sees the piece that sees it by the link of the same place in `LINKS`."""


def _relink(tx: Connection, link: str, pairs: Sequence[tuple[int, int]], generation: int) -> None:
    """Let each first number's link lead to the second."""
    if pairs:
        update = sa.update(memory_lexical).where(memory_lexical.c.number == sa.bindparam("at"))
        update = update.values({link: sa.bindparam("to"), "changed": generation})
        tx.execute(update, [{"at": at, "to": to} for at, to in pairs])


def _advance(tx: Connection, pieces: int = 0, made: str = "") -> tuple[int, int]:
    """Begin a write: its generation, and the first number of so many new pieces."""
    column = memory_lexical_state.c
    state = tx.execute(sa.select(memory_lexical_state)).first()
    if state is None:
        row = {"made": made or uuid.uuid4().hex, "generation": 1, "next_number": pieces}
        tx.execute(sa.insert(memory_lexical_state).values(row))
        return 1, 0
    values = {column.made: made or state.made, column.generation: state.generation + 1}
    tx.execute(sa.update(memory_lexical_state).values({**values, column.next_number: state.next_number + pieces}))
    return state.generation + 1, state.next_number


def _rows(connection: Connection, item_ids: Collection[str]) -> list[sa.Row[Any]]:
    found: list[sa.Row[Any]] = []
    for some in _portions(item_ids):
        query = sa.select(memory_lexical).where(memory_lexical.c.item_id.in_(some))
        found.extend(connection.execute(query).all())
    return found


def _portions(item_ids: Collection[str]) -> Iterable[list[str]]:
    whole = list(item_ids)
    return (whole[start : start + 500] for start in range(0, len(whole), 500))


# --- reading -----------------------------------------------------------------------------------------------------


def exists(connection: Connection) -> bool:
    """Whether there is an index."""
    return sa.inspect(connection).has_table("memory_lexical")


def is_made(connection: Connection) -> bool:
    """Whether the index was ever filled; not so after the migration that brought its tables."""
    return connection.scalar(sa.select(memory_lexical_state.c.made)) is not None


def search(
    connection: Connection, query: str, among: sa.Select[Any], limit: int, *, ever: bool = False
) -> list[tuple[str, float]]:
    """The best pieces for the words of the query, with their scores, out of the item ids that `among` selects.

    With `ever`, what is believed no longer counts as well.
    """
    words = list(dict.fromkeys(stem(word) for word in terms(query)))
    if not words or not exists(connection) or (whole := windows(connection)) is None:
        return []
    scores = _scores(whole, postings.find(connection, words), words, ever)
    return _best(connection, scores, among, limit)


def terms(text: str, most: int = MOST_TERMS) -> list[str]:
    """The first `most` different words that say something, in their order."""
    saying = dict.fromkeys(word for word in words(text) if word not in STOP and (len(word) > 1 or word.isdigit()))
    return list(saying)[:most]


def stems(text: str) -> list[str]:
    """The stems of all words of a text, as the index holds them."""
    return [stem(word[:LONGEST]) for word in words(text)]


def _scores(
    whole: Windows,
    found: "dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]",
    words: Sequence[str],
    ever: bool,
) -> "NDArray[np.float64]":
    """The score of each number. Words are added up in the query's order, so that equal pieces score the same."""
    import numpy as np

    number, lengths = whole.ever if ever else whole.present
    held = SATURATION * (1 - BY_LENGTH + BY_LENGTH * lengths)
    total = np.zeros(whole.size + 1)
    counted = np.zeros(whole.size + 1)
    for word in words:
        if word not in found:
            continue
        at, counts = found[word]
        kept = at < whole.size
        kept[kept] &= ever | (whole.believed[at[kept]] == 1)
        at, counts = at[kept], counts[kept]
        if not len(at):
            continue
        seen = int(whole.counts[at].sum())
        rarity = np.log(1 + (number - seen + 0.5) / (seen + 0.5) if seen < number else 1 + 0.5 / max(number, 1))
        counted[at] = counts
        touched = [at]
        for link, weight in zip(whole.links, WEIGHTS.values(), strict=True):
            beside = link[at]
            counted[beside] += weight * counts
            touched.append(beside)
        few = FEW * len(at) < len(counted)
        places = np.unique(np.concatenate(touched)) if few else np.flatnonzero(counted)
        total[places] += rarity * counted[places] * (SATURATION + 1) / (counted[places] + held[places])
        counted[places] = 0
    total[-1] = 0
    return total


def _best(
    connection: Connection, scores: "NDArray[np.float64]", among: sa.Select[Any], limit: int
) -> list[tuple[str, float]]:
    """The best that the filters let through. Few filters are looked up after the fact, sharp ones before."""
    import numpy as np

    matching = np.flatnonzero(scores)
    scores[matching] = np.round(scores[matching], 9)
    most = int(OVERFETCH * limit)
    found = _allowed(connection, _top(scores, matching, most), among)
    if limit / 4 < len(found) < limit and len(matching) > most:
        most *= 4
        found = _allowed(connection, _top(scores, matching, most), among)
    if len(found) < limit and len(matching) > most:
        found = _allowed_by_sharp_filters(connection, scores, matching, among, limit)
    ranked = sorted(found, key=lambda row: (-scores[row.number], row.source, row.ordinal, row.item_id))
    return [(row.item_id, float(scores[row.number])) for row in ranked[:limit]]


def _allowed_by_sharp_filters(
    connection: Connection,
    scores: "NDArray[np.float64]",
    matching: "NDArray[np.int64]",
    among: sa.Select[Any],
    limit: int,
) -> list[sa.Row[Any]]:
    """The best of what the filters let through, where that is little; else by looking many of the best up."""
    import numpy as np

    sharp = _all_allowed(connection, among, WIDER + 1)
    if len(sharp) <= WIDER:
        kept = matching[np.isin(matching, np.array(sharp, np.int64))]
        return _allowed(connection, _top(scores, kept, int(OVERFETCH * limit)), among)
    found = _allowed(connection, _top(scores, matching, WIDER), among)
    if len(found) < limit and len(matching) > WIDER:
        found = _allowed(connection, matching.tolist(), among)
    return found


def _top(scores: "NDArray[np.float64]", matching: "NDArray[np.int64]", most: int) -> list[int]:
    """Of the matching numbers those with the highest scores; all that are as good as the last, within reason."""
    import numpy as np

    if len(matching) > most:
        least = np.partition(scores[matching], -most)[-most]
        matching = matching[scores[matching] >= least]
        if len(matching) > 2 * most:
            matching = matching[np.argsort(-scores[matching], kind="stable")[: 2 * most]]
    return matching.tolist()


def _allowed(connection: Connection, numbers: Sequence[int], among: sa.Select[Any]) -> list[sa.Row[Any]]:
    """The rows of those numbers that the filters let through.

    The filter is a column and no condition: SQLite would go through all that is believed rather than look these up.
    """
    fits = sa.true() if among.whereclause is None else among.whereclause
    item = memory_items.c
    query: Any = sa.select(memory_lexical.c.number, item.item_id, item.source, item.ordinal, fits.label("fits"))
    query = query.join(memory_items, item.item_id == memory_lexical.c.item_id)
    found: list[sa.Row[Any]] = []
    for start in range(0, len(numbers), 1000):
        some = numbers[start : start + 1000]
        rows: list[sa.Row[Any]] = list(connection.execute(query.where(memory_lexical.c.number.in_(some))).all())
        found.extend(row for row in rows if row.fits)
    return found


def _all_allowed(connection: Connection, among: sa.Select[Any], most: int) -> list[int]:
    query = sa.select(memory_lexical.c.number).join(memory_items, memory_items.c.item_id == memory_lexical.c.item_id)
    if among.whereclause is not None:
        query = query.where(among.whereclause)
    return list(connection.scalars(query.limit(most)))


def words(text: str) -> list[str]:
    """All words of a text, in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _TERM.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
