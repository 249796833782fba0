"""What influenced what; filled from the log when it is first asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of links."""
    op.create_table(
        "links",
        sa.Column("from_kind", sa.String(20), primary_key=True),
        sa.Column("from_id", sa.String(500), primary_key=True),
        sa.Column("to_kind", sa.String(20), primary_key=True),
        sa.Column("to_id", sa.String(500), primary_key=True),
        sa.Column("relation", sa.String(20), primary_key=True),
        sa.Column("case_id", sa.String(60), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_links_case_id", "links", ["case_id"])
    op.create_index("ix_links_from_kind_position", "links", ["from_kind", "position"])
    op.create_index("ix_links_to_kind_to_id", "links", ["to_kind", "to_id"])
