"""The lexical index: which words stand in each piece, and which pieces are its neighbours.

It is the same on either store, is derived from the items, and may be deleted. `aios.memory.ranking` searches it.
"""

import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.prepared import Prepared
from aios.memory import postings
from aios.memory.stems import stem
from aios.memory.tables import LEXICAL_TABLES, LINKS, memory_lexical, memory_lexical_state

MOST_TERMS = 64
"""Of a longer query, the words that come first: a mail says what it wants before its signature."""

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


def close(tx: Connection, item_ids: Collection[str], *, apart: bool = False) -> None:
    """The pieces are believed no longer; they are found only where what was believed earlier is asked for.

    With `apart`, they stand beside nothing any more. A document is closed as a whole, and stays in one piece.
    """
    if not item_ids:
        return
    generation, _ = _advance(tx)
    closed: dict[str, Any] = {"believed": False, "changed": generation}
    if apart:
        _leave(tx, _rows(tx, item_ids), generation)
        closed |= dict.fromkeys(LINKS, -1)
    for some in _portions(item_ids):
        tx.execute(sa.update(memory_lexical).where(memory_lexical.c.item_id.in_(some)).values(closed))


def remove(tx: Connection, item_ids: Collection[str]) -> None:
    """Take the pieces out of the index, with every word of theirs."""
    rows = _rows(tx, item_ids)
    if not rows:
        return
    generation, _ = _advance(tx, made=uuid.uuid4().hex)
    postings.remove(tx, ((row.number, row.words) for row in rows))
    _leave(tx, rows, generation)
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


def _leave(tx: Connection, rows: Sequence[sa.Row[Any]], generation: int) -> None:
    """Let what stands beside the pieces have nothing in their places."""
    for link, back in zip(LINKS, _BACK, strict=True):
        _relink(tx, back, [(getattr(row, link), -1) for row in rows if getattr(row, link) >= 0], generation)


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

_EXISTS = {
    "sqlite": sa.text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'memory_lexical'"),
    "postgresql": sa.text("SELECT to_regclass('memory_lexical') IS NOT NULL"),
}
_STATE = Prepared(sa.select(memory_lexical_state.c.made, memory_lexical_state.c.generation))


def exists(connection: Connection) -> bool:
    """Whether there is an index."""
    return bool(connection.scalar(_EXISTS[connection.dialect.name]))


class Writing(NamedTuple):
    """Of which making the index is, and how many writes it has seen."""

    made: str
    generation: int


def writing(connection: Connection) -> Writing | None:
    """What the index has seen by now; while it is the same, so are the items. None where nothing is indexed."""
    state = _STATE.first(connection)
    return Writing(*state) if state is not None else None


def is_made(connection: Connection) -> bool:
    """Whether the index was ever filled; not so after the migration that brought its tables."""
    return writing(connection) is not None


def terms(text: str, most: int = MOST_TERMS) -> list[str]:
    """The first `most` different words that say something, in their order."""
    saying = dict.fromkeys(word for word in words(text) if word not in STOP and (len(word) > 1 or word.isdigit()))
    return list(saying)[:most]


def stems(text: str) -> list[str]:
    """The stems of all words of a text, as the index holds them."""
    return [stem(word[:LONGEST]) for word in words(text)]


def words(text: str) -> list[str]:
    """All words of a text, in small letters without accents."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _TERM.findall(plain)
