"""The effect ledger and the stop switches, which follow from their events."""

import sqlalchemy as sa

from aios.database.schema import JsonText, metadata, moment

effects = sa.Table(
    "effects",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("case_id", sa.String(60), nullable=False, index=True),
    sa.Column("step", sa.String(60), nullable=False),
    sa.Column("connector", sa.String(40), nullable=False),
    sa.Column("operation", sa.String(40), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("mode", sa.String(10), nullable=False),
    sa.Column("proposed", sa.String(64), nullable=False),
    sa.Column("request", sa.String(64), nullable=False),
    sa.Column("inputs", JsonText, nullable=False),
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("rule", sa.String(200), nullable=False),
    sa.Column("decision_id", sa.String(40), nullable=False),
    sa.Column("run_id", sa.String(60), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("worker", sa.String(200), nullable=False),
    sa.Column("receipt", JsonText),
    sa.Column("found", sa.Boolean, nullable=False),
    sa.Column("undone", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("remedy", sa.Text, nullable=False),
    sa.Column("failure", sa.String(10), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("turn", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    moment("not_before", nullable=True, index=True),
    moment("claimed_until", nullable=True),
    moment("proposed_at"),
    moment("updated_at"),
    sa.Index("ix_effects_state", "state", "connector", "mode"),
)
"""`turn` is the position of the approval: effects of one case go out in this order; 0 before there is one."""

switches = sa.Table(
    "switches",
    metadata,
    sa.Column("connector", sa.String(40), primary_key=True),
    sa.Column("stopped", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    moment("at"),
)
