"""`BudgetProjection`: keeps reservations and totals up to date with the log."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.budgets.tables import reservations, totals
from aios.database.upsert import upsert
from aios.events.catalog import BudgetReserved, BudgetSettled
from aios.events.event import Event


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
        tx.execute(sa.insert(reservations).values(row))
        for scope, name in scopes(case_id, reserved.process, reserved.day).items():
            _add(tx, scope, name, held=reserved.amount_micros, spent=0)

    def _settle(self, tx: Connection, event: Event, settled: BudgetSettled) -> None:
        row = tx.execute(sa.select(reservations).where(reservations.c.reservation_id == settled.reservation_id)).one()
        tx.execute(
            sa.update(reservations)
            .where(reservations.c.reservation_id == settled.reservation_id)
            .values(cost_micros=settled.cost_micros, outcome=settled.outcome, settled_at=event.at)
        )
        for scope, name in scopes(row.case_id, row.process, row.day).items():
            _add(tx, scope, name, held=-row.amount_micros, spent=settled.cost_micros)


def _add(tx: Connection, scope: str, name: str, *, held: int, spent: int) -> None:
    row = upsert(tx, totals).values(scope=scope, name=name, held_micros=held, spent_micros=spent)
    tx.execute(
        row.on_conflict_do_update(
            index_elements=[totals.c.scope, totals.c.name],
            set_={
                "held_micros": totals.c.held_micros + row.excluded.held_micros,
                "spent_micros": totals.c.spent_micros + row.excluded.spent_micros,
            },
        )
    )
