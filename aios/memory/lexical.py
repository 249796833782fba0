"""The lexical index: each piece together with its neighbours, in FTS5 on SQLite and as a tsvector on Postgres.

A piece is found by its own words first, then by those of the pieces next to it, then by those two away: what a
paragraph is about often stands in the one before. The index is derived from the items and may be deleted.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

WEIGHTS = (1.0, 0.5, 0.25)
"""What a word counts for in the piece itself, beside it, and two away."""

_TERM = re.compile(r"[^\W_]+")
_MOST_TERMS = 64
_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS memory_lexical USING fts5("
    "item_id UNINDEXED, own, near, far, tokenize = 'porter unicode61')",
)
_POSTGRES = (
    "CREATE TABLE IF NOT EXISTS memory_lexical (item_id varchar(60) PRIMARY KEY, body tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS memory_lexical_body ON memory_lexical USING gin (body)",
)
_SQLITE_SEARCH = sa.text(
    "SELECT f.item_id, -bm25(memory_lexical, 0, :own, :near, :far) AS score FROM memory_lexical f"
    " JOIN memory_items i ON i.item_id = f.item_id"
    " WHERE memory_lexical MATCH :query AND i.item_id IN (SELECT item_id FROM memory_items WHERE {where})"
    " ORDER BY score DESC, i.source, i.ordinal, i.item_id LIMIT :limit"
)
