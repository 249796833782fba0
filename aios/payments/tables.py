"""What follows from the events of payments: how each invoice and subscription at Stripe stands."""

import sqlalchemy as sa

from aios.database.schema import metadata, moment

payment_standings = sa.Table(
    "payment_standings",
    metadata,
    sa.Column("object", sa.String(255), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("paid", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("customer", sa.String(255), nullable=False, index=True),
    sa.Column("subscription", sa.String(255), nullable=False),
    sa.Column("number", sa.String(255), nullable=False),
    sa.Column("due_at", sa.String(27), nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Column("event_id", sa.String(40), nullable=False),
    moment("as_of"),
)
