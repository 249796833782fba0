"""Which collection of vectors answers searches."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """None is named yet: the one of the settings' embedder answers where it holds about everything."""
    op.create_table(
        "memory_vectors",
        sa.Column("collection", sa.String(100), primary_key=True),
        sa.Column("embedder", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("directory", sa.Text(), nullable=False),
    )
