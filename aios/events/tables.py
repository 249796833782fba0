"""The log's tables. Nothing deletes a row of `events`, and nothing but forgetting a person updates one.

On SQLite, a plain INTEGER key is the row's own: the index by type then also follows the position.
"""

import sqlalchemy as sa

from aios.database.schema import JsonText, metadata, moment

events = sa.Table(
    "events",
    metadata,
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    sa.Column("stream", sa.String(200), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("type", sa.String(60), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    moment("at"),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("case_id", sa.String(60)),
    sa.Column("source", sa.String(200)),
    sa.Column("source_id", sa.String(500)),
    sa.Column("caused_by", sa.String(40)),
    sa.Column("payload", JsonText, nullable=False),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("forgotten_by", sa.String(40)),
    sa.Index("ix_events_case_id_type", "case_id", "type"),
    sa.UniqueConstraint("stream", "seq"),
    sa.UniqueConstraint("source", "source_id"),
)
sa.Index(
    "ix_events_forgotten",
    events.c.case_id,
    sqlite_where=events.c.forgotten_by.is_not(None),
    postgresql_where=events.c.forgotten_by.is_not(None),
)

NOT_HASHED = ("hash", "forgotten_by")
"""The columns that an event's hash is not made of: itself, and who has emptied it since."""

log_head = sa.Table(
    "log_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
