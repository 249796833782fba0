"""Costs as the page shows them: the kernel's figures, with the bars of the days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.engine import Connection

from aios.budgets.costs import CostLine, Costs
from aios.kernel import Kernel


@dataclass(frozen=True)
class Bar:
    """A day: its height is a share of the dearest day."""

    day: str
    micros: int
    share: float


@dataclass(frozen=True)
class CostsPage:
    """The figures, the bars of the days from the first to today, and the breakdowns by title."""

    costs: Costs
    bars: tuple[Bar, ...]
    breakdowns: tuple[tuple[str, str, Sequence[CostLine]], ...]


def read(kernel: Kernel, connection: Connection, days: int) -> CostsPage:
    """The figures over the last `days` days."""
    costs = kernel.budgets.costs(connection, days=days)
    return CostsPage(
        costs=costs,
        bars=_bars(costs, days),
        breakdowns=(
            ("By process", "", costs.by_process),
            ("By agent", "", costs.by_agent),
            ("By model", "", costs.by_model),
            ("By case", "/cases/", costs.by_case),
        ),
    )


def _bars(costs: Costs, days: int) -> tuple[Bar, ...]:
    spent = {line.name: line.spent_micros for line in costs.by_day}
    first = date.fromisoformat(costs.since)
    names = [(first + timedelta(days=offset)).isoformat() for offset in range(days)]
    dearest = max(spent.values(), default=0) or 1
    return tuple(Bar(name, spent.get(name, 0), spent.get(name, 0) / dearest) for name in names)
