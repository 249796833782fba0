"""`Budgets`: hold money before a call, settle it after; no limit is passed, however many callers there are."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.budgets.costs import Costs, read_costs
from aios.budgets.limits import Limits
from aios.budgets.projection import RESERVATION, SCOPES, scopes
from aios.budgets.tables import reservations, totals
from aios.clock import to_text
from aios.database.prepared import Prepared
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


_USED = Prepared(
    sa.select(totals.c.scope, (totals.c.held_micros + totals.c.spent_micros).label("used")).where(
        sa.or_(*(sa.and_(totals.c.scope == scope, totals.c.name == sa.bindparam(scope)) for scope in SCOPES))
    )
)
_HELD = sa.select(reservations.c.amount_micros).where(
    reservations.c.reservation_id == sa.bindparam("id"), reservations.c.cost_micros.is_(None)
)

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
    is true until it commits. `limits` are those in force as the connection sees them.
    """

    def __init__(self, log: EventLog, limits: Callable[[Connection], Limits]) -> None:
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
    ) -> str:
        """Hold the money and return the reservation's id.

        Raises `BudgetExceeded`, naming the limit, where what is spent and held and this would pass it.
        """
        if amount_micros < 0:
            raise InvalidInput(f"Cannot reserve {amount_micros} micro-dollars.", "Reserve zero or more.")
        now = self.log.clock.now()
        day = to_text(now)[:10]
        _check(tx, self.limits(tx), scopes(case_id, process, day), amount_micros)
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
        self.log.append_all(tx, self.settlement(tx, reservation_id, cost_micros, outcome))

    def settlement(self, tx: Connection, reservation_id: str, cost_micros: int, outcome: str) -> list[NewEvent]:
        """What `settle` appends, for a caller who has more to append with it; nothing where it is settled already."""
        if cost_micros < 0:
            raise InvalidInput(f"A cost of {cost_micros} micro-dollars is not possible.", "Book zero or more.")
        row = RESERVATION.first(tx, id=reservation_id)
        if row is None:
            raise NotFound(f"There is no reservation {reservation_id}.", "Reserve before you settle.")
        if row.cost_micros is not None:
            return []
        settled = BudgetSettled(reservation_id=reservation_id, cost_micros=cost_micros, outcome=outcome)
        return [NewEvent(f"budget/{row.day}", settled, case_id=row.case_id or None)]

    def held(self, connection: Connection, reservation_id: str) -> int:
        """What the reservation holds, in micro-dollars; 0 where it is settled or unknown."""
        return connection.scalar(_HELD, {"id": reservation_id}) or 0

    def costs(self, connection: Connection, *, days: int = 31) -> Costs:
        """What was spent and is held, in the last `days` days, for the Costs page."""
        return read_costs(connection, self.limits(connection), self.log.clock.now(), days)


def _check(tx: Connection, limits: Limits, names: dict[str, str], amount: int) -> None:
    if not limits.any:
        return
    found = _USED.all(tx, **{scope: names.get(scope, "") for scope in SCOPES})
    used: dict[str, int] = {scope: micros for scope, micros in found}
    for scope in ("call", *names):
        limit: int | None = getattr(limits, scope)
        if limit is not None and used.get(scope, 0) + amount > limit:
            raise _exceeded(scope, limit, used.get(scope, 0), amount)


def _exceeded(scope: str, limit: int, used: int, amount: int) -> BudgetExceeded:
    words = _SCOPES[scope]
    return BudgetExceeded(
        f"The budget for {words.title} ({dollars(limit)}) would be passed: "
        f"{dollars(used)} is spent or held, and {dollars(amount)} is wanted.",
        f"Raise the `{scope}` limit under `budgets` in policies.yaml, or {words.release}.",
    )
