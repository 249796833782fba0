"""The entries of the books, their postings, and the numbers that were given out; all follow from the log."""

import sqlalchemy as sa

from aios.database.schema import metadata, moment

numbers = sa.Table(
    "numbers",
    metadata,
    sa.Column("series", sa.String(60), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.CheckConstraint("number >= 1", name="ck_numbers_from_one"),
)
"""A row for each number: given out once, in the transaction of the event at `position`."""

entries = sa.Table(
    "book_entries",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("series", sa.String(60), nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("day", sa.String(10), nullable=False, index=True),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("document", sa.String(200), nullable=False),
    sa.Column("corrects", sa.String(200), nullable=False, index=True),
    sa.Column("case_id", sa.String(60), nullable=False, index=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    moment("at"),
    sa.UniqueConstraint("series", "number", name="uq_book_entries_number"),
)

postings = sa.Table(
    "book_postings",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("debit", sa.String(20), nullable=False, index=True),
    sa.Column("credit", sa.String(20), nullable=False, index=True),
    sa.Column("minor", sa.BigInteger, nullable=False),
    sa.CheckConstraint("minor > 0", name="ck_book_postings_positive"),
    sa.CheckConstraint("debit <> credit", name="ck_book_postings_two_accounts"),
)
"""Each row takes from one account what it gives to another, so no set of rows can be out of balance."""
