"""How events change the rows of invoices."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.tables import issued_invoices, received_invoices
from aios.database.upsert import insert_or_renew
from aios.events import catalog
from aios.events.event import Event

_UNPAID = {"paid_on": "", "paid_iban": "", "paid_by": ""}
_ISSUE = sa.insert(issued_invoices)
_PAID = sa.update(received_invoices).where(received_invoices.c.case_id == sa.bindparam("paid"))


class InvoiceProjection:
    """What is known of each invoice, in and out."""

    tables = (received_invoices, issued_invoices)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the invoice of the event up to date."""
        match event.payload:
            case catalog.InvoiceRecorded() as said:
                row = {"case_id": event.case_id, **said.model_dump(), **_UNPAID, "first": event.position}
                tx.execute(insert_or_renew(tx, received_invoices, "first", *_UNPAID), row)
            case catalog.InvoicePaid() as paid:
                values = {"paid_on": paid.on, "paid_iban": paid.iban, "paid_by": paid.by}
                tx.execute(_PAID, {"paid": event.case_id, **values})
            case catalog.InvoiceIssued() as issued:
                tx.execute(_ISSUE, {**issued.model_dump(), "position": event.position})
            case _:
                pass
