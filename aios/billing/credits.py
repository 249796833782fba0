"""A credit note of ours and the invoice that it names settle each other, as far as both go; no money moves."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem, all_items
from aios.events.catalog import PaymentMatched
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.ids import digest

RULE = "credit note"


def settle_each_other(log: EventLog, tx: Connection, credit_key: str, numbers: Iterable[str], actor: str) -> None:
    """The credit note settles what is open of the invoices with those numbers; the rest of it stays open."""
    items = {each.key: each for each in all_items(tx, on=date.max) if each.direction == "receivable"}
    credit, named = items[credit_key], set(numbers)
    left = -credit.open
    for invoice in items.values():
        minor = min(left, invoice.open)
        if invoice.name in named and invoice.currency == credit.currency and minor > 0:
            on = max(invoice.since, credit.since)
            for item, signed in ((invoice, minor), (credit, -minor)):
                log.append(tx, NewEvent("invoices", _matched(item, signed, on, credit, invoice), actor=actor))
            left -= minor


def _matched(item: OpenItem, minor: int, on: str, credit: OpenItem, invoice: OpenItem) -> PaymentMatched:
    return PaymentMatched(
        key=f"credit/{digest([credit.key, invoice.key, item.key])[:32]}",
        entry="",
        direction="receivable",
        invoice=item.key,
        minor=minor,
        currency=item.currency,
        on=on,
        by="rule",
        rule=RULE,
    )
