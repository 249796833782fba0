"""Tables of the gateway. The journal follows from the log; claims are of the moment and do not."""

import sqlalchemy as sa

from aios.database.schema import JsonText, metadata, moment

journal = sa.Table(
    "model_journal",
    metadata,
    sa.Column("request_hash", sa.String(64), primary_key=True),
    sa.Column("case_id", sa.String(60), nullable=False, index=True),
    sa.Column("agent", sa.String(100), nullable=False),
    sa.Column("tier", sa.String(20), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("answer", sa.String(64), nullable=False),
    sa.Column("tokens_in", sa.Integer, nullable=False),
    sa.Column("tokens_out", sa.Integer, nullable=False),
    sa.Column("cost_micros", sa.BigInteger, nullable=False),
    moment("answered_at"),
)

claims = sa.Table(
    "model_claims",
    metadata,
    sa.Column("request_hash", sa.String(64), primary_key=True),
    sa.Column("token", sa.String(40), nullable=False),
    sa.Column("reservation_id", sa.String(40), nullable=False),
    sa.Column("worker", sa.String(300), nullable=False),
    moment("until", index=True),
    sa.Column("failure", JsonText),
)
"""A call under way, or (with `failure`) one that has just ended badly, kept a moment for those who wait for it."""
