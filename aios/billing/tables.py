"""The invoices in and out, what settles and disputes them, and the entries of statements; all follow from the log."""

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

settlements = sa.Table(
    "invoice_settlements",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("direction", sa.String(10), nullable=False),
    sa.Column("invoice", sa.String(200), nullable=False),
    sa.Column("entry", sa.String(40), nullable=False, index=True),
    sa.Column("clears", sa.String(10), nullable=False),
    sa.Column("minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("on", sa.String(10), nullable=False),
    sa.Column("by", sa.String(10), nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("undone_on", sa.String(10), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Index("ix_invoice_settlements_invoice", "direction", "invoice"),
)
"""What was paid on invoices, a row each, `on` its day. It held until `undone_on`, or holds where that is empty."""

disputes = sa.Table(
    "invoice_disputes",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("direction", sa.String(10), nullable=False),
    sa.Column("invoice", sa.String(200), nullable=False),
    sa.Column("since", sa.String(10), nullable=False),
    sa.Column("until", sa.String(10), nullable=False),
    sa.Index("ix_invoice_disputes_invoice", "direction", "invoice"),
)
"""Each dispute, by the position of the event that began it; one that goes on has no `until`."""

bank_entries = sa.Table(
    "bank_entries",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("statement", sa.String(40), nullable=False, index=True),
    sa.Column("account", sa.String(100), nullable=False),
    sa.Column("currency", sa.String(10), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("booked", sa.String(10), nullable=False),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("left", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Index("ix_bank_entries_alike", "booked", "amount"),
)
"""Each entry of a statement, by the id of its event; `left` is what of it nobody has accounted for yet."""

entry_uses = sa.Table(
    "entry_uses",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("entry", sa.String(40), nullable=False, index=True),
    sa.Column("how", sa.String(10), nullable=False),
    sa.Column("what", sa.String(200), nullable=False),
    sa.Column("direction", sa.String(10), nullable=False),
    sa.Column("minor", sa.BigInteger, nullable=False),
    sa.Column("on", sa.String(10), nullable=False),
    sa.Column("by", sa.String(10), nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("undone_on", sa.String(10), nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
)
"""What an entry's money was for, a row for each part of it, with the entry's sign: `what` is an invoice, an account, or
the entry that says the same."""

known_orders = sa.Table(
    "known_orders",
    metadata,
    sa.Column("number_key", sa.String(200), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("supplier", sa.Text, nullable=False),
    sa.Column("supplier_key", sa.String(200), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("minor", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
)
"""What we have ordered and contracted, each by its number as it is compared."""
