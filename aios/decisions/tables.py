"""The table of decisions, which follows from their events."""

import sqlalchemy as sa

from aios.database.schema import JsonText, metadata, moment

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("case_id", sa.String(60)),
    sa.Column("step", sa.String(60), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("effect_key", sa.String(200), nullable=False, index=True),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("shown", sa.String(64), nullable=False),
    sa.Column("inputs", JsonText, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("rule", sa.String(200), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("edits_blob", sa.String(64), nullable=False),
    sa.Column("answered_by", sa.String(200), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    moment("opened_at"),
    moment("expires_at", index=True),
    moment("snoozed_until", nullable=True),
    moment("answered_at", nullable=True),
    sa.Index("ix_decisions_case_id_status", "case_id", "status"),
)
