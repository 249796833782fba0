"""What settles invoices: payments that are matched to them, in both directions; and what is disputed."""

from typing import Literal

from aios.events.payload import Payload

Direction = Literal["receivable", "payable"]
"""Whether others owe us (`receivable`: an invoice of our own, by its key) or we them (`payable`: one by its case)."""


class PaymentMatched(Payload):
    """Money of a bank's entry belongs to an invoice: so many minor units, on the day of the entry.

    `key` is used once. `entry` is the id of its `entry.booked`, empty where invoices settle each other (a credit note).
    `minor` has the sign of what is owed: positive for an invoice, negative for a credit note. Where `clears` is
    `transfer`, the invoice was settled when its transfer was written, and the entry only brings that to its end.
    `rule` says how it was found.
    """

    type = "payment.matched"
    impersonal = frozenset({"key", "entry", "invoice", "currency", "on", "rule"})
    key: str
    entry: str
    direction: Direction
    invoice: str
    clears: Literal["invoice", "transfer"] = "invoice"
    minor: int
    currency: str
    on: str
    by: Literal["rule", "owner"]
    rule: str


class EntryAccounted(Payload):
    """Money of a bank's entry that belongs to no invoice: it is booked on an `account`, or not at all.

    `how` is `account` (a fee, a transfer between accounts of ours, …), `same` where another entry (`of`) says the same,
    or `ignored`. `minor` has the sign of the entry. `key` is used once.
    """

    type = "entry.accounted"
    personal = frozenset({"note"})
    impersonal = frozenset({"key", "entry", "account", "of", "currency", "on", "rule"})
    key: str
    entry: str
    how: Literal["account", "same", "ignored"]
    account: str = ""
    of: str = ""
    minor: int
    currency: str
    on: str
    by: Literal["rule", "owner"]
    rule: str
    note: str = ""


class PaymentUnmatched(Payload):
    """What was said of an entry's money was wrong: from the day `on`, it is open again, and so is an invoice.

    `key` is that of the match, or of what was booked.
    """

    type = "payment.unmatched"
    personal = frozenset({"reason"})
    impersonal = frozenset({"key", "on"})
    key: str
    on: str
    reason: str


class InvoiceUnpaid(Payload):
    """An invoice that came in is not paid after all: its transfer was taken back on the day `on`."""

    type = "invoice.unpaid"
    personal = frozenset({"reason"})
    impersonal = frozenset({"on"})
    on: str
    reason: str


class InvoiceDisputed(Payload):
    """Whoever owes an invoice says that they do not; nothing reminds of it until that is resolved."""

    type = "invoice.disputed"
    personal = frozenset({"note"})
    impersonal = frozenset({"invoice", "on"})
    direction: Direction
    invoice: str
    on: str
    note: str


class DisputeResolved(Payload):
    """An invoice is disputed no longer, from the day `on`."""

    type = "invoice.undisputed"
    personal = frozenset({"note"})
    impersonal = frozenset({"invoice", "on"})
    direction: Direction
    invoice: str
    on: str
    note: str
