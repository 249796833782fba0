"""`BudgetProjection`: keeps reservations and totals up to date with the log."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.budgets.tables import reservations, totals
from aios.database.prepared import Prepared
from aios.database.upsert import upsert
from aios.events.catalog import BudgetReserved, BudgetSettled
from aios.events.event import Event

SCOPES = ("case", "process", "day", "month")
"""What there are totals for."""

RESERVATION = Prepared(sa.select(reservations).where(reservations.c.reservation_id == sa.bindparam("id")))
"""A reservation by its id."""

_HOLD = Prepared(sa.insert(reservations))
_SETTLE = Prepared(sa.update(reservations).where(reservations.c.reservation_id == sa.bindparam("settled")))

_ADD: dict[str, Prepared] = {}
"""The statement that adds to totals, by the name of the store; built at its first use."""


def scopes(case_id: str, process: str, day: str) -> dict[str, str]:
    """The totals a reservation counts towards: scope to name. What is for no case counts towards none."""
    shared = {"process": f"{process} {day}", "day": day, "month": day[:7]}
    return {"case": case_id, **shared} if case_id else shared


class BudgetProjection:
    """The ledger as tables. Without it, each reservation would have to add up the whole log."""

    tables: Sequence[sa.Table] = (reservations, totals)

    def apply(self, tx: Connection, event: Event) -> None:
        """Take in a reservation or its settlement; other events do not matter here."""
        if isinstance(event.payload, BudgetReserved):
            self._hold(tx, event, event.payload)
        elif isinstance(event.payload, BudgetSettled):
            self._settle(tx, event, event.payload)

    def _hold(self, tx: Connection, event: Event, reserved: BudgetReserved) -> None:
        case_id = event.case_id or ""
        row = reserved.model_dump() | {"case_id": case_id, "outcome": "", "reserved_at": event.at}
        _HOLD.write(tx, row)
        _add(tx, scopes(case_id, reserved.process, reserved.day), held=reserved.amount_micros, spent=0)

    def _settle(self, tx: Connection, event: Event, settled: BudgetSettled) -> None:
        row = RESERVATION.first(tx, id=settled.reservation_id)
        values = {"cost_micros": settled.cost_micros, "outcome": settled.outcome, "settled_at": event.at}
        _SETTLE.write(tx, {"settled": settled.reservation_id, **values})
        _add(tx, scopes(row.case_id, row.process, row.day), held=-row.amount_micros, spent=settled.cost_micros)


def _add(tx: Connection, names: dict[str, str], *, held: int, spent: int) -> None:
    rows = [{"scope": scope, "name": name, "held_micros": held, "spent_micros": spent} for scope, name in names.items()]
    if tx.dialect.name not in _ADD:
        _ADD[tx.dialect.name] = _adding(tx)
    _ADD[tx.dialect.name].write(tx, rows)


def _adding(tx: Connection) -> Prepared:
    row = upsert(tx, totals)
    added = row.on_conflict_do_update(
        index_elements=[totals.c.scope, totals.c.name],
        set_={
            "held_micros": totals.c.held_micros + row.excluded.held_micros,
            "spent_micros": totals.c.spent_micros + row.excluded.spent_micros,
        },
    )
    return Prepared(added)
