"""The tables that follow from a case's events."""

import sqlalchemy as sa

from aios.database.schema import JsonText, metadata, moment

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.String(60), primary_key=True),
    sa.Column("process", sa.String(60), nullable=False),
    sa.Column("process_version", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("contact_id", sa.String(60), nullable=False, index=True),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("step", sa.String(60), nullable=False),
    sa.Column("waiting_on", sa.String(40), nullable=False),
    sa.Column("outcome", sa.String(60), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("trigger", sa.String(40), nullable=False),
    sa.Column("continued", sa.BigInteger, nullable=False),
    sa.Column("rollback", sa.BigInteger, nullable=False),
    moment("opened_at"),
    moment("updated_at", index=True),
    sa.Index("ix_cases_process_number", "process", "number"),
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("case_id", sa.String(60), primary_key=True),
    sa.Column("step", sa.String(60), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("inputs", JsonText, nullable=False),
    sa.Column("provenance", JsonText, nullable=False),
    sa.Column("delta", JsonText, nullable=False),
    sa.Column("event_id", sa.String(40), nullable=False),
    moment("at"),
)
