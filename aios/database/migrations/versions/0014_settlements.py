"""What settles invoices, and what is disputed."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Payments that were known before become settlements; nothing was disputed."""
    table = op.create_table(
        "invoice_settlements",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("invoice", sa.String(200), nullable=False),
        sa.Column("entry", sa.String(40), nullable=False, index=True),
        sa.Column("clears", sa.String(10), nullable=False),
        sa.Column("minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("on", sa.String(10), nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("undone_on", sa.String(10), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_invoice_settlements_invoice", "invoice_settlements", ["direction", "invoice"])
    op.create_table(
        "invoice_disputes",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("invoice", sa.String(200), nullable=False),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("until", sa.String(10), nullable=False),
    )
    op.create_index("ix_invoice_disputes_invoice", "invoice_disputes", ["direction", "invoice"])
    paid = sa.text("select id, case_id, position, payload from events where type = 'invoice.paid' order by position")
    rows = [_settled(row) for row in op.get_bind().execute(paid)]
    if rows:
        op.bulk_insert(table, rows)


def _settled(row: sa.Row[tuple[str, str, int, str]]) -> dict[str, object]:
    said = json.loads(row.payload)
    names = {name: said[name] for name in ("minor", "currency", "on", "by")}
    return {
        "key": row.id,
        "direction": "payable",
        "invoice": row.case_id or "",
        "entry": "",
        "clears": "invoice",
        "rule": "",
        "undone_on": "",
        "position": row.position,
        **names,
    }
