"""`Received`: the invoices that came in, and which of them are from the same supplier."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.tables import received_invoices as table
from aios.billing.tables import settlements
from aios.errors import NotFound
from aios.events.catalog import InvoicePaid, InvoiceRecorded
from aios.events.event import NewEvent
from aios.events.log import EventLog

MOST = 500
"""Earlier invoices of a supplier that a new one is held against."""


_UNPAID = sa.select(sa.func.count()).where(
    settlements.c.direction == "payable",
    settlements.c.invoice == sa.bindparam("case"),
    settlements.c.entry == "",
    settlements.c.undone_on != "",
)
_MATCHED = sa.select(sa.func.sum(settlements.c.minor)).where(
    settlements.c.direction == "payable",
    settlements.c.invoice == sa.bindparam("case"),
    settlements.c.entry != "",
    settlements.c.clears == "invoice",
    settlements.c.undone_on == "",
)


def payment_key(case_id: str) -> str:
    """The key of the one transfer for the invoice of a case."""
    return f"bank_transfer.pay/{case_id}"


class ReceivedInvoice(InvoiceRecorded):
    """What an invoice that came in says, and where it stands; `paid_on` is empty as long as it is not paid."""

    case_id: str
    first: int
    paid_on: str
    paid_iban: str
    paid_by: str

    @property
    def said(self) -> InvoiceRecorded:
        """What it says, as it was recorded."""
        return InvoiceRecorded.model_validate({name: getattr(self, name) for name in InvoiceRecorded.model_fields})


class Received:
    """The register. A method that takes `tx` joins a write transaction of the caller."""

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def record(self, tx: Connection, case_id: str, said: InvoiceRecorded) -> ReceivedInvoice:
        """Keep what the invoice of the case says; says nothing where it is kept so already."""
        known = self.find(tx, case_id)
        if known is None or known.said != said:
            self.log.append(tx, NewEvent(f"case/{case_id}", said, case_id))
        return self.get(tx, case_id)

    def pay(self, tx: Connection, case_id: str, paid: InvoicePaid, actor: str = "system") -> None:
        """The invoice of the case is paid; the first time counts, until that is taken back."""
        source_id = f"{case_id}/paid{_nth(self.times_unpaid(tx, case_id))}"
        self.log.append(tx, NewEvent(f"case/{case_id}", paid, case_id, "billing", source_id, actor=actor))

    def times_unpaid(self, connection: Connection, case_id: str) -> int:
        """How often the invoice was paid, and was not after all: a transfer was taken back, or came back."""
        return connection.scalar(_UNPAID, {"case": case_id}) or 0

    def entry_key(self, connection: Connection, case_id: str) -> str:
        """The key of the entry of its payment, the one that is next or stands."""
        return f"{case_id}/payment{_nth(self.times_unpaid(connection, case_id))}"

    def owed(self, connection: Connection, invoice: ReceivedInvoice) -> int:
        """What of it statements do not show as paid, in minor units."""
        return invoice.payable - (connection.scalar(_MATCHED, {"case": invoice.case_id}) or 0)

    def find(self, connection: Connection, case_id: str) -> ReceivedInvoice | None:
        """The invoice of the case, if it was recorded."""
        row = connection.execute(sa.select(table).where(table.c.case_id == case_id)).mappings().first()
        return _invoice(row) if row else None

    def get(self, connection: Connection, case_id: str) -> ReceivedInvoice:
        """The invoice of the case; `NotFound` where none was recorded."""
        if found := self.find(connection, case_id):
            return found
        raise NotFound(f"No invoice is recorded in {case_id[:60]}.", "List them with `aios invoices list`.")

    def newest(self, connection: Connection, *, unpaid: bool = False, limit: int = 500) -> list[ReceivedInvoice]:
        """The invoices, the newest first."""
        query = sa.select(table).order_by(table.c.first.desc()).limit(limit)
        if unpaid:
            query = query.where(table.c.paid_on == "")
        return [_invoice(row) for row in connection.execute(query).mappings()]

    def same_supplier(self, connection: Connection, of: InvoiceRecorded, case_id: str) -> list[ReceivedInvoice]:
        """Other invoices of whoever has the same VAT id, name or contact, the newest first."""
        fits = [
            column == value
            for column, value in (
                (table.c.vat_id, of.vat_id),
                (table.c.supplier_key, of.supplier_key),
                (table.c.contact_id, of.contact_id),
            )
            if value
        ]
        return self._others(connection, fits, case_id)

    def same_file(self, connection: Connection, blob: str, case_id: str) -> list[ReceivedInvoice]:
        """Other cases of the same bytes."""
        return self._others(connection, [table.c.blob == blob], case_id)

    def _others(
        self, connection: Connection, fits: Sequence[sa.ColumnElement[bool]], case_id: str
    ) -> list[ReceivedInvoice]:
        if not fits:
            return []
        query = sa.select(table).where(sa.or_(*fits), table.c.case_id != case_id)
        found = connection.execute(query.order_by(table.c.first.desc()).limit(MOST)).mappings()
        return [_invoice(row) for row in found]


def _nth(before: int) -> str:
    return f"/{before + 1}" if before else ""


def _invoice(row: sa.RowMapping) -> ReceivedInvoice:
    return ReceivedInvoice.model_validate(dict(row))
