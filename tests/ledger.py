"""Budgets on a database, and a process of their own that spends from them as fast as it can."""

import sys
from pathlib import Path

from aios.budgets.budgets import Budgets
from aios.budgets.limits import Limits
from aios.budgets.projection import BudgetProjection
from aios.clock import Clock, SystemClock
from aios.database.engine import Database
from aios.errors import BudgetExceeded
from aios.events.log import EventLog
from tests.forking import Forked

ROOT = Path(__file__).parent.parent


def open_budgets(database: Database, limits: Limits, clock: Clock | None = None) -> Budgets:
    """Budgets with these limits."""
    return Budgets(EventLog(database, clock or SystemClock(), [BudgetProjection()]), lambda _: limits)


def reserve(budgets: Budgets, amount: int, case_id: str = "lead-0001", process: str = "lead_intake") -> str:
    """One reservation in a transaction of its own."""
    with budgets.log.database.write() as tx:
        return budgets.reserve(
            tx, case_id=case_id, process=process, amount_micros=amount, purpose="test", agent="router", model="m"
        )


def settle(budgets: Budgets, reservation_id: str, cost: int) -> None:
    """Its settlement, likewise."""
    with budgets.log.database.write() as tx:
        budgets.settle(tx, reservation_id, cost, "answered")


def start_spender(url: str, day_limit: int, amount: int) -> Forked:
    """A process that reserves and settles until the day's limit stops it; prints how often it could."""
    return Forked.module("tests.ledger", url, str(day_limit), str(amount))


def spend_all(url: str, day_limit: int, amount: int) -> int:
    """Reserve and settle until the limit stops it; returns how often it could."""
    database = Database(url)
    budgets, times = open_budgets(database, Limits(day=day_limit)), 0
    try:
        while True:
            settle(budgets, reserve(budgets, amount), amount)
            times += 1
    except BudgetExceeded:
        return times
    finally:
        database.close()


if __name__ == "__main__":
    sys.stdout.write(f"{spend_all(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))}\n")
