"""The invoices that came in and those that we issued; both follow from the log."""

import sqlalchemy as sa

from aios.database.schema import JsonText, metadata

received_invoices = sa.Table(
    "received_invoices",
    metadata,
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
    sa.Column("ibans", JsonText, nullable=False),
    sa.Column("blob", sa.String(64), nullable=False, index=True),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("paid_on", sa.String(10), nullable=False),
    sa.Column("paid_iban", sa.String(40), nullable=False),
    sa.Column("paid_by", sa.String(10), nullable=False),
)
"""`first` is where in the log it was recorded first: of two that are the same, the later one is the duplicate."""

issued_invoices = sa.Table(
    "issued_invoices",
    metadata,
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
