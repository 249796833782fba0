"""Which events were emptied on request, by which certificate; which contacts were forgotten, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Every event so far stands as it was written."""
    op.add_column("events", sa.Column("forgotten_by", sa.String(40)))
    forgotten = sa.text("forgotten_by IS NOT NULL")
    op.create_index("ix_events_forgotten", "events", ["case_id"], sqlite_where=forgotten, postgresql_where=forgotten)
    op.add_column("contacts", sa.Column("forgotten_at", sa.String(27)))
