"""How invoices and subscriptions at Stripe stand, and how far its list of events was read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create both, empty: nothing of Stripe was read so far."""
    op.create_table(
        "payment_standings",
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
        sa.Column("as_of", sa.String(27), nullable=False),
    )
    op.create_table(
        "event_cursors",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("newest", sa.BigInteger, nullable=False),
        sa.Column("after", sa.String(255), nullable=False),
    )
