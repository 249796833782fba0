"""The entries of bank statements, and what their money was for."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Entries that came in before are open; nothing of them was accounted for."""
    table = op.create_table(
        "bank_entries",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("statement", sa.String(40), nullable=False, index=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(10), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("booked", sa.String(10), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("left", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_bank_entries_alike", "bank_entries", ["booked", "amount"])
    op.create_table(
        "entry_uses",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("entry", sa.String(40), nullable=False, index=True),
        sa.Column("how", sa.String(10), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("minor", sa.BigInteger, nullable=False),
        sa.Column("on", sa.String(10), nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("undone_on", sa.String(10), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    booked = sa.text(
        "select id, caused_by, position, payload from events where type = 'entry.booked' order by position"
    )
    rows = [_came(row) for row in op.get_bind().execute(booked)]
    if rows:
        op.bulk_insert(table, rows)


def _came(row: sa.Row[tuple[str, str | None, int, str]]) -> dict[str, object]:
    said = json.loads(row.payload)
    names = {name: said[name] for name in ("account", "currency", "amount", "booked", "blob")}
    about = {"id": row.id, "statement": row.caused_by or "", "position": row.position}
    return {**names, **about, "left": said["amount"]}
