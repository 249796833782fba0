"""The books, the numbers that were given out, and the invoices in and out."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """New tables; nothing was booked before."""
    _books()
    op.create_table(
        "received_invoices",
        sa.Column("case_id", sa.String(60), primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("number_key", sa.String(200), nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("supplier_key", sa.String(200), nullable=False, index=True),
        sa.Column("vat_id", sa.String(40), nullable=False, index=True),
        sa.Column("contact_id", sa.String(40), nullable=False, index=True),
        sa.Column("issued", sa.String(10), nullable=False),
        sa.Column("due", sa.String(10), nullable=False, index=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("payable", sa.BigInteger, nullable=False),
        sa.Column("gross", sa.BigInteger, nullable=False),
        sa.Column("credit", sa.Boolean, nullable=False),
        sa.Column("ibans", sa.Text, nullable=False),
        sa.Column("blob", sa.String(64), nullable=False, index=True),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("paid_on", sa.String(10), nullable=False),
        sa.Column("paid_iban", sa.String(40), nullable=False),
        sa.Column("paid_by", sa.String(10), nullable=False),
    )
    op.create_table(
        "issued_invoices",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("series", sa.String(60), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("contact_id", sa.String(40), nullable=False, index=True),
        sa.Column("issued", sa.String(10), nullable=False),
        sa.Column("due", sa.String(10), nullable=False, index=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("net", sa.BigInteger, nullable=False),
        sa.Column("gross", sa.BigInteger, nullable=False),
        sa.Column("payable", sa.BigInteger, nullable=False),
        sa.Column("credit", sa.Boolean, nullable=False),
        sa.Column("ubl", sa.String(64), nullable=False),
        sa.Column("cii", sa.String(64), nullable=False),
        sa.Column("pdf", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )


def _books() -> None:
    op.create_table(
        "numbers",
        sa.Column("series", sa.String(60), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.CheckConstraint("number >= 1", name="ck_numbers_from_one"),
    )
    op.create_table(
        "book_entries",
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
        sa.Column("at", sa.String(27), nullable=False),
        sa.UniqueConstraint("series", "number", name="uq_book_entries_number"),
    )
    op.create_table(
        "book_postings",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("debit", sa.String(20), nullable=False, index=True),
        sa.Column("credit", sa.String(20), nullable=False, index=True),
        sa.Column("minor", sa.BigInteger, nullable=False),
        sa.CheckConstraint("minor > 0", name="ck_book_postings_positive"),
        sa.CheckConstraint("debit <> credit", name="ck_book_postings_two_accounts"),
    )
