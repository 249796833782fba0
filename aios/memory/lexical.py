"""The lexical index: each piece together with its neighbours, in FTS5 on SQLite and as a tsvector on Postgres.

A piece is found by its own words first, then by those of the pieces next to it, then by those two away: what a
paragraph is about often stands in the one before. The index is derived from the items and may be deleted.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.memory.tables import create_lexical_index, memory_items

WEIGHTS = {"own": 1.0, "near": 0.5, "far": 0.25}
"""What a word counts for in the piece itself, beside it, and two away."""

MOST_TERMS = 64
"""Of a longer query, the words that come first: a mail says what it wants before its signature."""

_TERM = re.compile(r"[^\W_]+")

_STOP = """
a an and are as at be been but by can could did do does for from had has have he her him his how i if in is it its me
my of on or our she so that the their them there they this to us was we were what when where which who why will with
would you your als am an auf aus bei bin bis das dass dem den der des die ein eine einem einen einer es fur hat ich
ihr im ist mit nach nicht oder sich sie sind so und uns von vor war was wenn wie wir wird zu zum zur uber
"""
STOP = frozenset(_STOP.split())
"""English and German words that say nothing about the matter, without their accents."""

_INSERT = {
    "sqlite": "INSERT INTO memory_lexical (item_id, own, near, far) VALUES (:item_id, :own, :near, :far)",
    "postgresql": "INSERT INTO memory_lexical (item_id, own, body) VALUES (:item_id, to_tsvector('english', :own),"
    " setweight(to_tsvector('english', :own), 'A') || setweight(to_tsvector('english', :near), 'B')"
    " || setweight(to_tsvector('english', :far), 'C'))",
}
_SEARCH = {
    "sqlite": "SELECT item_id, -bm25(memory_lexical, 0, :own, :near, :far) AS score FROM memory_lexical"
    " WHERE memory_lexical MATCH :query",
    # each word counts by its rarity, as in BM25, which ts_rank alone does not know
    "postgresql": "WITH term AS (SELECT DISTINCT plainto_tsquery('english', word) AS q"
    " FROM unnest(CAST(:words AS text[])) AS word),"
    " rare AS MATERIALIZED (SELECT q, ln(1 + ((SELECT count(*) FROM memory_lexical) + 0.5)"
    " / ((SELECT count(*) FROM memory_lexical WHERE own @@ q) + 0.5))::float8 AS weight FROM term"
    " WHERE numnode(q) > 0)"
    " SELECT item_id, sum(weight * ts_rank(ARRAY[0, :far, :near, :own]::float4[], body, q, 1) ORDER BY q::text)"
    " AS score FROM memory_lexical JOIN rare ON body @@ q GROUP BY item_id",
}


@dataclass(frozen=True)
class Indexed:
    """A piece as the index takes it: its own text, and that of its neighbours in its document."""

    item_id: str
    own: str
    near: str = ""
    far: str = ""


def write(tx: Connection, pieces: Iterable[Indexed]) -> None:
    """Index the pieces; those indexed before are replaced."""
    rows = [
        {"item_id": piece.item_id}
        | {
            name: " ".join(_words(text))
            for name, text in (("own", piece.own), ("near", piece.near), ("far", piece.far))
        }
        for piece in pieces
    ]
    if rows:
        remove(tx, [row["item_id"] for row in rows])
        tx.execute(sa.text(_INSERT[tx.dialect.name]), rows)


def remove(tx: Connection, item_ids: Sequence[str]) -> None:
    """Take the pieces out of the index."""
    if item_ids:
        query = sa.text("DELETE FROM memory_lexical WHERE item_id IN :ids").bindparams(
            sa.bindparam("ids", expanding=True)
        )
        tx.execute(query, {"ids": list(item_ids)})


def clear(tx: Connection) -> None:
    """Delete the whole index and make it again, empty."""
    tx.execute(sa.text("DROP TABLE IF EXISTS memory_lexical"))
    create_lexical_index(tx)


def exists(connection: Connection) -> bool:
    """Whether there is an index."""
    return sa.inspect(connection).has_table("memory_lexical")


def count(connection: Connection) -> int:
    """How many pieces are indexed; 0 where the index is gone."""
    if not exists(connection):
        return 0
    return connection.scalar(sa.text("SELECT count(*) FROM memory_lexical")) or 0


def search(connection: Connection, query: str, among: sa.Select[Any], limit: int) -> list[tuple[str, float]]:
    """The best pieces for the words of the query, with their scores, out of the item ids that `among` selects."""
    words = terms(query)
    if not words or not exists(connection):
        return []
    found = sa.text(_SEARCH[connection.dialect.name]).columns(item_id=sa.String, score=sa.Float).subquery("found")
    given = (
        {"query": " OR ".join(f'"{word}"' for word in words)}
        if connection.dialect.name == "sqlite"
        else {"words": words}
    )
    ranked = (
        sa.select(found.c.item_id, found.c.score)
        .join(memory_items, memory_items.c.item_id == found.c.item_id)
        .where(found.c.item_id.in_(among))
        .order_by(found.c.score.desc(), memory_items.c.source, memory_items.c.ordinal, found.c.item_id)
        .limit(limit)
    )
    return [(row.item_id, float(row.score)) for row in connection.execute(ranked, given | WEIGHTS)]


def terms(text: str, most: int = MOST_TERMS) -> list[str]:
    """The first `most` different words that say something, in their order."""
    words = dict.fromkeys(word for word in _words(text) if word not in STOP and (len(word) > 1 or word.isdigit()))
    return list(words)[:most]


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _TERM.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
