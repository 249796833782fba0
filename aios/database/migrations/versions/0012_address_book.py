"""Which card of the owner's address book is whose, and how far the address book was read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """No card so far, and nothing read."""
    op.create_table(
        "cards",
        sa.Column("book", sa.String(300), primary_key=True),
        sa.Column("file", sa.String(300), primary_key=True),
        sa.Column("contact_id", sa.String(60), nullable=False, index=True),
        sa.Column("etag", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(40), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
    )
    op.create_table(
        "book_cursors",
        sa.Column("book", sa.String(300), primary_key=True),
        sa.Column("tag", sa.String(500), nullable=False),
    )
    op.create_table(
        "book_files",
        sa.Column("book", sa.String(300), primary_key=True),
        sa.Column("file", sa.String(300), primary_key=True),
        sa.Column("etag", sa.String(200), nullable=False),
    )
