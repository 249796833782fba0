"""One word index for both stores, made again from the items when it is first used; which items were of use."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Replace the stores' own text search by postings, and index what recall narrows by."""
    op.drop_table("memory_lexical")
    numbers = ("number", "length", "before", "after", "second_before", "second_after")
    op.create_table(
        "memory_lexical",
        sa.Column("item_id", sa.String(60), primary_key=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in numbers),
        sa.Column("believed", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_memory_lexical_changed", "memory_lexical", ["changed"])
    op.create_table(
        "memory_postings",
        sa.Column("word", sa.String(60), primary_key=True),
        sa.Column("block", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "memory_lexical_state",
        sa.Column("made", sa.String(60), primary_key=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
    )
    op.create_table(
        "memory_uses",
        sa.Column("item_id", sa.String(60), primary_key=True),
        sa.Column("case_id", sa.String(60), primary_key=True),
        sa.Column("used_at", sa.String(27), nullable=False),
    )
    op.drop_index("ix_memory_items_subject", "memory_items")
    op.create_index("ix_memory_items_subject_closed_at", "memory_items", ["subject", "closed_at"])
    op.create_index("ix_memory_items_kind_closed_at", "memory_items", ["kind", "closed_at"])
