"""The newest context of each case is kept, so that it need not be made again while nothing has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """A table of its own: a cache, which begins empty."""
    op.create_table(
        "working_contexts",
        sa.Column("case_id", sa.String(60), primary_key=True),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("served_at", sa.String(27), nullable=False),
    )
