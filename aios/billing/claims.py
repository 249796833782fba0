"""`Claims`: what money is still to come or to go for, as payments of statements are held against it."""

from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.banking.transfer import reference
from aios.billing.matching import Owed, Share
from aios.billing.open_items import OpenItem, all_items
from aios.billing.received import ReceivedInvoice, payment_key
from aios.billing.tables import received_invoices, settlements
from aios.effects import ledger
from aios.events.types.settlements import Direction


class Claims:
    """Read once, then kept up to date with each share that is taken."""

    def __init__(self, connection: Connection) -> None:
        items = all_items(connection, on=date.max)
        self.since = {(each.direction, each.key): each.since for each in items}
        self._owed = {(each.direction, each.key): each for each in _open(connection, items)}
        for each, on in _in_transit(connection):
            self._owed[each.direction, each.key] = each
            self.since[each.direction, each.key] = on

    @property
    def owed(self) -> list[Owed]:
        """What is still open, in an order that is always the same."""
        return sorted((each for each in self._owed.values() if each.minor), key=lambda each: (each.name, each.key))

    def take(self, share: Share) -> None:
        """So much of it is open no longer."""
        about = (share.owed.direction, share.owed.key)
        left = self._owed[about]
        self._owed[about] = replace(left, minor=left.minor - share.minor)

    def named(self, name: str) -> Owed | None:
        """What is open under a number or key; None where nothing is, or more than one."""
        found = [each for each in self.owed if name in (each.key, each.name)]
        exact = [each for each in found if each.key == name] or found
        return exact[0] if len(exact) == 1 else None


def _open(connection: Connection, items: list[OpenItem]) -> list[Owed]:
    rows = connection.execute(sa.select(received_invoices.c.case_id, received_invoices.c.ibans))
    accounts = {case_id: tuple(ibans) for case_id, ibans in rows}
    found = [_owed(each, accounts.get(each.key, ())) for each in items if each.open]
    return [each for each in found if each.direction == "receivable" or not _is_under_way(connection, each.key)]


def _owed(item: OpenItem, accounts: tuple[str, ...]) -> Owed:
    minor = item.open if item.direction == "receivable" else -item.open
    return Owed(item.direction, item.key, item.name, item.party, minor, item.currency, accounts)


def _is_under_way(connection: Connection, case_id: str) -> bool:
    """Whether its transfer may have been written a moment ago; what the bank shows is then likely that."""
    effect = ledger.find(connection, payment_key(case_id))
    return effect is not None and effect.state in ledger.UNDER_WAY


def _in_transit(connection: Connection) -> list[tuple[Owed, str]]:
    """What was paid by a transfer, or by the owner, and stands in no statement yet; with the day of its payment."""
    column = settlements.c
    standing = (column.direction == "payable") & (column.undone_on == "")
    query = sa.select(
        column.invoice,
        sa.func.sum(sa.case((column.clears == "invoice", column.minor), else_=0)).label("paid"),
        sa.func.sum(sa.case((column.clears == "transfer", column.minor), else_=0)).label("cleared"),
        sa.func.max(column.on).label("on"),
    )
    own = (column.clears == "transfer") | (column.entry == "")
    rows = connection.execute(query.where(standing, own).group_by(column.invoice)).all()
    return [
        _transit(connection, row.invoice, int(row.paid - row.cleared), row.on)
        for row in rows
        if row.paid != row.cleared
    ]


def _transit(connection: Connection, case_id: str, minor: int, on: str) -> tuple[Owed, str]:
    row = (
        connection.execute(sa.select(received_invoices).where(received_invoices.c.case_id == case_id)).mappings().one()
    )
    said = ReceivedInvoice.model_validate(dict(row))
    accounts = (said.paid_iban,) if said.paid_iban else said.ibans
    direction: Direction = "payable"
    end_to_end = reference(payment_key(case_id))
    owed = Owed(direction, case_id, said.number, said.supplier, -minor, said.currency, accounts, "transfer", end_to_end)
    return owed, on
