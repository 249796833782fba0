"""`Budgets`: hold money before a call, settle it after; no limit is passed, however many callers there are."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.budgets.costs import Costs, read_costs
from aios.budgets.limits import Limits
from aios.budgets.projection import scopes
from aios.budgets.tables import reservations, totals
from aios.clock import to_text
from aios.errors import BudgetExceeded, InvalidInput, NotFound
from aios.events.catalog import BudgetReserved, BudgetSettled
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.ids import new_id
from aios.money import dollars


@dataclass(frozen=True)
class _Scope:
    title: str
    release: str


_SCOPES = {
    "call": _Scope("one call", "ask for less"),
    "case": _Scope("this case", "finish the case by hand"),
    "process": _Scope("this process today", "wait until tomorrow (UTC)"),
    "day": _Scope("today", "wait until tomorrow (UTC)"),
    "month": _Scope("this month", "wait until next month (UTC)"),
}


class Budgets:
    """The ledger of model costs. Without it, sixteen callers would each see room for one more call.

    `reserve` and `settle` take the caller's write transaction, which is the only one while it lasts: what is checked
    is true until it commits.
    """

    def __init__(self, log: EventLog, limits: Callable[[], Limits]) -> None:
        self.log = log
        self.limits = limits

    def reserve(
        self,
        tx: Connection,
        *,
        case_id: str,
        process: str,
        amount_micros: int,
        purpose: str,
        agent: str = "",
        model: str = "",
        limits: Limits | None = None,
    ) -> str:
        """Hold the money and return the reservation's id.

        Pass `limits` where they were read just before the transaction, since reading them may need a connection.
        Raises `BudgetExceeded`, naming the limit, where what is spent and held and this would pass it.
        """
        if amount_micros < 0:
            raise InvalidInput(f"Cannot reserve {amount_micros} micro-dollars.", "Reserve zero or more.")
        now = self.log.clock.now()
        day = to_text(now)[:10]
        _check(tx, limits or self.limits(), scopes(case_id, process, day), amount_micros)
        reservation_id = new_id("res", now)
        reserved = BudgetReserved(
            reservation_id=reservation_id,
            amount_micros=amount_micros,
            process=process,
            day=day,
            purpose=purpose,
            agent=agent,
            model=model,
        )
        self.log.append(tx, NewEvent(f"budget/{day}", reserved, case_id=case_id or None))
        return reservation_id

    def settle(self, tx: Connection, reservation_id: str, cost_micros: int, outcome: str) -> None:
        """Book the real cost in place of what was held; settling again changes nothing."""
        if cost_micros < 0:
            raise InvalidInput(f"A cost of {cost_micros} micro-dollars is not possible.", "Book zero or more.")
        row = tx.execute(sa.select(reservations).where(reservations.c.reservation_id == reservation_id)).first()
        if row is None:
            raise NotFound(f"There is no reservation {reservation_id}.", "Reserve before you settle.")
        if row.cost_micros is not None:
            return
        settled = BudgetSettled(reservation_id=reservation_id, cost_micros=cost_micros, outcome=outcome)
        self.log.append(tx, NewEvent(f"budget/{row.day}", settled, case_id=row.case_id or None))

    def held(self, connection: Connection, reservation_id: str) -> int:
        """What the reservation holds, in micro-dollars; 0 where it is settled or unknown."""
        query = sa.select(reservations.c.amount_micros).where(
            reservations.c.reservation_id == reservation_id, reservations.c.cost_micros.is_(None)
        )
        return connection.scalar(query) or 0

    def costs(self, connection: Connection, *, days: int = 31) -> Costs:
        """What was spent and is held, in the last `days` days, for the Costs page."""
        return read_costs(connection, self.limits(), self.log.clock.now(), days)


def _check(tx: Connection, limits: Limits, names: dict[str, str], amount: int) -> None:
    for scope, name in {"call": "", **names}.items():
        limit: int | None = getattr(limits, scope)
        if limit is None:
            continue
        used = _used(tx, scope, name) if name else 0
        if used + amount > limit:
            raise _exceeded(scope, limit, used, amount)


def _used(tx: Connection, scope: str, name: str) -> int:
    query = sa.select(totals.c.held_micros + totals.c.spent_micros).where(
        totals.c.scope == scope, totals.c.name == name
    )
    return tx.scalar(query) or 0


def _exceeded(scope: str, limit: int, used: int, amount: int) -> BudgetExceeded:
    words = _SCOPES[scope]
    return BudgetExceeded(
        f"The budget for {words.title} ({dollars(limit)}) would be passed: "
        f"{dollars(used)} is spent or held, and {dollars(amount)} is wanted.",
        f"Raise the `{scope}` limit under `budgets` in policies.yaml, or {words.release}.",
    )
