"""What follows from incoming events (quarantine, threads, known messages), and how far readers have come."""

import sqlalchemy as sa

from aios.database.schema import metadata, moment

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("media_type", sa.String(200), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("event_id", sa.String(40), nullable=False),
    moment("at"),
    moment("resolved_at", nullable=True),
)

mail_threads = sa.Table(
    "mail_threads",
    metadata,
    sa.Column("message_id", sa.String(500), primary_key=True),
    sa.Column("case_id", sa.String(60), nullable=False, index=True),
    sa.Column("event_id", sa.String(40), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False),
)

known_messages = sa.Table(
    "known_messages",
    metadata,
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("case_id", sa.String(60), nullable=False),
    sa.Column("event_id", sa.String(40), nullable=False),
    moment("at"),
)

mail_cursors = sa.Table(
    "mail_cursors",
    metadata,
    sa.Column("mailbox", sa.String(400), primary_key=True),
    sa.Column("validity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
)
"""Not a projection: it only says where to go on reading. Lost, everything is read again and recognised."""

event_cursors = sa.Table(
    "event_cursors",
    metadata,
    sa.Column("account", sa.String(100), primary_key=True),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("newest", sa.BigInteger, nullable=False),
    sa.Column("after", sa.String(255), nullable=False),
)
"""Not a projection either. While a backlog is read, `after` is the last event read of it, and `newest` its start."""
