"""The tables of memory: the items, which follow from the log, their word index, and embeddings already paid for."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection

from aios.database.schema import JsonText, metadata, moment

memory_items = sa.Table(
    "memory_items",
    metadata,
    sa.Column("item_id", sa.String(60), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(60), nullable=False, index=True),
    sa.Column("source", sa.String(500), nullable=False, index=True),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.String(27), nullable=False),
    sa.Column("valid_to", sa.String(27), nullable=False),
    sa.Column("attributes", JsonText, nullable=False),
    moment("added_at"),
    sa.Column("added_by", sa.String(40), nullable=False),
    sa.Column("closed_at", sa.String(27), nullable=False, index=True),
    sa.Column("closed_reason", sa.Text, nullable=False),
)

embeddings = sa.Table(
    "embeddings",
    metadata,
    sa.Column("embedder", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)
"""A cache, not a projection: it may be emptied at any time, and the embedder is asked again."""

_CREATE = {
    "sqlite": (
        (
            "CREATE VIRTUAL TABLE IF NOT EXISTS memory_lexical USING"
            " fts5(item_id UNINDEXED, own, near, far, tokenize = 'porter unicode61')"
        ),
    ),
    "postgresql": (
        (
            "CREATE TABLE IF NOT EXISTS memory_lexical"
            " (item_id varchar(60) PRIMARY KEY, own tsvector NOT NULL, body tsvector NOT NULL)"
        ),
        "CREATE INDEX IF NOT EXISTS memory_lexical_body ON memory_lexical USING gin (body)",
    ),
}


def create_lexical_index(connection: Connection) -> None:
    """Make the index's table where it is not there yet; part of the schema, called by its migration."""
    for statement in _CREATE[connection.dialect.name]:
        connection.execute(sa.text(statement))


def _with_its_index(_table: sa.Table, connection: Connection, **_: Any) -> None:
    create_lexical_index(connection)


event.listen(memory_items, "after_create", _with_its_index)
