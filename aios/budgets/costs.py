"""`Costs`: what was spent and is held, read for the Costs page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.budgets.limits import Limits
from aios.budgets.tables import reservations, totals
from aios.clock import to_text

TOP = 50
"""The most lines in one breakdown."""


@dataclass(frozen=True)
class CostLine:
    """One line of a breakdown. Micro-dollars; `calls` counts reservations, the ones still held included."""

    name: str
    spent_micros: int
    held_micros: int
    calls: int


@dataclass(frozen=True)
class Costs:
    """What models cost. `today`, `month` and the breakdowns are spent money; `held` is for calls under way.

    The breakdowns cover the days from `since` on; `by_day` is newest first, the others dearest first.
    """

    today_micros: int
    month_micros: int
    held_micros: int
    limits: Limits
    since: str
    by_day: tuple[CostLine, ...]
    by_process: tuple[CostLine, ...]
    by_agent: tuple[CostLine, ...]
    by_model: tuple[CostLine, ...]
    by_case: tuple[CostLine, ...]


def read_costs(connection: Connection, limits: Limits, now: datetime, days: int) -> Costs:
    """The figures as of `now`, with breakdowns over the last `days` days (today included)."""
    today = to_text(now)[:10]
    since = to_text(now - timedelta(days=max(days, 1) - 1))[:10]
    return Costs(
        today_micros=_spent(connection, "day", today),
        month_micros=_spent(connection, "month", today[:7]),
        held_micros=_held(connection),
        limits=limits,
        since=since,
        by_day=_lines(connection, reservations.c.day, since, newest_first=True),
        by_process=_lines(connection, reservations.c.process, since),
        by_agent=_lines(connection, reservations.c.agent, since),
        by_model=_lines(connection, reservations.c.model, since),
        by_case=_lines(connection, reservations.c.case_id, since, named=True),
    )


def case_cost(connection: Connection, case_id: str) -> int:
    """What the case has cost so far, in micro-dollars."""
    return _spent(connection, "case", case_id)


def _spent(connection: Connection, scope: str, name: str) -> int:
    query = sa.select(totals.c.spent_micros).where(totals.c.scope == scope, totals.c.name == name)
    return connection.scalar(query) or 0


def _held(connection: Connection) -> int:
    query = sa.select(sa.func.sum(reservations.c.amount_micros)).where(reservations.c.cost_micros.is_(None))
    return int(connection.scalar(query) or 0)


def _lines(
    connection: Connection, column: sa.Column[str], since: str, *, newest_first: bool = False, named: bool = False
) -> tuple[CostLine, ...]:
    spent = sa.func.coalesce(sa.func.sum(reservations.c.cost_micros), 0)
    open_amount = sa.case((reservations.c.cost_micros.is_(None), reservations.c.amount_micros), else_=0)
    query = (
        sa.select(column, spent, sa.func.sum(open_amount), sa.func.count())
        .where(reservations.c.day >= since, column != "" if named else sa.true())
        .group_by(column)
        .order_by(*([column.desc()] if newest_first else [spent.desc(), column]))
        .limit(TOP)
    )
    return tuple(CostLine(name, int(cost), int(held), calls) for name, cost, held, calls in connection.execute(query))
