"""Tables of the ledger: each reservation, and the totals that limits are checked against. Both follow from the log."""

import sqlalchemy as sa

from aios.database.schema import metadata, moment

reservations = sa.Table(
    "budget_reservations",
    metadata,
    sa.Column("reservation_id", sa.String(40), primary_key=True),
    sa.Column("case_id", sa.String(60), nullable=False, index=True),
    sa.Column("process", sa.String(100), nullable=False),
    sa.Column("agent", sa.String(100), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("purpose", sa.String(200), nullable=False),
    sa.Column("day", sa.String(10), nullable=False, index=True),
    sa.Column("amount_micros", sa.BigInteger, nullable=False),
    sa.Column("cost_micros", sa.BigInteger),
    sa.Column("outcome", sa.String(60), nullable=False),
    moment("reserved_at"),
    moment("settled_at", nullable=True),
)
"""`cost_micros` is empty while the money is held."""

totals = sa.Table(
    "budget_totals",
    metadata,
    sa.Column("scope", sa.String(10), primary_key=True),
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("held_micros", sa.BigInteger, nullable=False),
    sa.Column("spent_micros", sa.BigInteger, nullable=False),
)
"""Per scope (`case`, `process`, `day`, `month`) and its name, what is held and what is spent."""
