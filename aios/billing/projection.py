"""How events change the rows of invoices."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.tables import disputes, issued_invoices, known_orders, received_invoices, settlements
from aios.database.upsert import insert_or_renew
from aios.events import catalog
from aios.events.event import Event

_UNPAID = {"paid_on": "", "paid_iban": "", "paid_by": ""}
_ISSUE = sa.insert(issued_invoices)
_PAID = sa.update(received_invoices).where(received_invoices.c.case_id == sa.bindparam("paid"))
_SETTLE = sa.insert(settlements)
_UNDO = sa.update(settlements).where(settlements.c.key == sa.bindparam("undone"))
_TAKE_BACK = sa.update(settlements).where(
    settlements.c.direction == "payable",
    settlements.c.invoice == sa.bindparam("unpaid"),
    settlements.c.entry == "",
    settlements.c.undone_on == "",
)
_DISPUTE = sa.insert(disputes)
_RESOLVE = sa.update(disputes).where(
    disputes.c.direction == sa.bindparam("side"), disputes.c.invoice == sa.bindparam("which"), disputes.c.until == ""
)
SETTLED_BY_BANK = "bank"
"""Who has paid an invoice that came in where a statement shows that it is paid, and no transfer of ours did it."""

_UNCOVERED = (
    sa.select(received_invoices.c.payable - sa.func.sum(settlements.c.minor))
    .where(
        received_invoices.c.case_id == sa.bindparam("case"),
        settlements.c.direction == "payable",
        settlements.c.invoice == received_invoices.c.case_id,
        settlements.c.clears == "invoice",
        settlements.c.undone_on == "",
    )
    .group_by(received_invoices.c.payable)
)
_OF_WHAT_CAME_IN = sa.select(settlements.c.invoice).where(
    settlements.c.key == sa.bindparam("match"), settlements.c.direction == "payable", settlements.c.clears == "invoice"
)
_STILL_UNPAID = _PAID.where(received_invoices.c.paid_on == "")
_BY_BANK = _PAID.where(received_invoices.c.paid_by == SETTLED_BY_BANK)


class InvoiceProjection:
    """What is known of each invoice, in and out."""

    tables = (received_invoices, issued_invoices, settlements, disputes, known_orders)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the invoice of the event up to date."""
        match event.payload:
            case catalog.InvoiceRecorded() as said:
                row = {"case_id": event.case_id, **said.model_dump(), **_UNPAID, "first": event.position}
                tx.execute(insert_or_renew(tx, received_invoices, "first", *_UNPAID), row)
            case catalog.InvoiceIssued() as issued:
                tx.execute(_ISSUE, {**issued.model_dump(), "position": event.position})
            case catalog.InvoicePaid() as paid:
                values = {"paid_on": paid.on, "paid_iban": paid.iban, "paid_by": paid.by}
                tx.execute(_PAID, {"paid": event.case_id, **values})
                tx.execute(_SETTLE, _settled_by(paid, event))
            case catalog.InvoiceUnpaid() as unpaid:
                tx.execute(_PAID, {"paid": event.case_id, **_UNPAID})
                tx.execute(_TAKE_BACK, {"unpaid": event.case_id, "undone_on": unpaid.on})
            case catalog.InvoiceDisputed() as disputed:
                row = {"direction": disputed.direction, "invoice": disputed.invoice, "since": disputed.on, "until": ""}
                tx.execute(_DISPUTE, {**row, "position": event.position})
            case catalog.DisputeResolved() as resolved:
                about = {"side": resolved.direction, "which": resolved.invoice}
                tx.execute(_RESOLVE, {**about, "until": resolved.on})
            case _:
                _apply_other(tx, event)


def _apply_other(tx: Connection, event: Event) -> None:
    match event.payload:
        case catalog.PaymentMatched() as matched:
            tx.execute(_SETTLE, {**matched.model_dump(), "undone_on": "", "position": event.position})
            if (matched.direction, matched.clears) == ("payable", "invoice"):
                _renew_paid(tx, matched.invoice, matched.on)
        case catalog.OrderRecorded() as order:
            tx.execute(insert_or_renew(tx, known_orders), {**order.model_dump(), "position": event.position})
        case catalog.PaymentUnmatched() as wrong:
            tx.execute(_UNDO, {"undone": wrong.key, "undone_on": wrong.on})
            if invoice := tx.scalar(_OF_WHAT_CAME_IN, {"match": wrong.key}):
                _renew_paid(tx, invoice, wrong.on)
        case _:
            pass


def _settled_by(paid: catalog.InvoicePaid, event: Event) -> dict[str, object]:
    """The row of what a transfer or the owner has paid, before any statement shows it."""
    return {
        "key": event.id,
        "direction": "payable",
        "invoice": event.case_id or "",
        "entry": "",
        "clears": "invoice",
        "minor": paid.minor,
        "currency": paid.currency,
        "on": paid.on,
        "by": paid.by,
        "rule": "",
        "undone_on": "",
        "position": event.position,
    }


def _renew_paid(tx: Connection, invoice: str, on: str) -> None:
    """An invoice that came in is paid once statements show all of it, and as long as they do."""
    uncovered = tx.scalar(_UNCOVERED, {"case": invoice})
    if uncovered is None or uncovered > 0:
        tx.execute(_BY_BANK, {"paid": invoice, **_UNPAID})
    else:
        tx.execute(_STILL_UNPAID, {"paid": invoice, "paid_on": on, "paid_iban": "", "paid_by": SETTLED_BY_BANK})
