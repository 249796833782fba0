"""Which card of the address book is whose, which follows from events; and how far the address book was read."""

import sqlalchemy as sa

from aios.database.schema import metadata, moment

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("book", sa.String(300), primary_key=True),
    sa.Column("file", sa.String(300), primary_key=True),
    sa.Column("contact_id", sa.String(60), nullable=False, index=True),
    sa.Column("etag", sa.String(200), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("event_id", sa.String(40), nullable=False),
    moment("at"),
)

book_cursors = sa.Table(
    "book_cursors",
    metadata,
    sa.Column("book", sa.String(300), primary_key=True),
    sa.Column("tag", sa.String(500), nullable=False),
)

book_files = sa.Table(
    "book_files",
    metadata,
    sa.Column("book", sa.String(300), primary_key=True),
    sa.Column("file", sa.String(300), primary_key=True),
    sa.Column("etag", sa.String(200), nullable=False),
)
"""Neither is a projection: they only say what need not be read again. Lost, everything is read and recognised."""
