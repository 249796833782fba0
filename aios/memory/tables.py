"""The tables of memory: the items, which follow from the log, and the embeddings already paid for."""

import sqlalchemy as sa

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
