"""Postings in larger blocks: the word index is emptied, and made again from the items when it is first used."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Without its state row, the index counts as not made."""
    for table in ("memory_lexical", "memory_postings", "memory_lexical_state"):
        op.execute(sa.delete(sa.table(table)))
