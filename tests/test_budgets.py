"""Budgets: money is held before it is spent, and no limit is passed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.budgets.budgets import Budgets
from aios.budgets.limits import NO_LIMITS, Limits
from aios.budgets.projection import scopes
from aios.budgets.tables import reservations, totals
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.errors import BudgetExceeded, InvalidInput, NotFound
from aios.events.integrity import projection_digests, rebuild
from tests.ledger import open_budgets, reserve, settle, start_spender
from tests.tables import create_tables


def test_held_money_counts_until_it_is_settled_and_then_only_the_real_cost(database: Database) -> None:
    budgets = open_budgets(database, Limits(day=100))
    held = reserve(budgets, 90)
    with pytest.raises(BudgetExceeded):
        reserve(budgets, 20)
    settle(budgets, held, 5)
    reserve(budgets, 95)
    with pytest.raises(BudgetExceeded):
        reserve(budgets, 1)


@pytest.mark.parametrize("scope", ["call", "case", "process", "day", "month"])
def test_each_limit_is_kept_and_names_itself_and_its_remedy(database: Database, scope: str) -> None:
    budgets = open_budgets(database, Limits(**{scope: 100}))
    reserve(budgets, 100)
    with pytest.raises(BudgetExceeded) as refused:
        reserve(budgets, 101 if scope == "call" else 1)
    assert "$0.0001" in refused.value.message
    assert f"`{scope}`" in refused.value.remedy


def test_a_case_or_process_at_its_limit_does_not_stop_another(database: Database) -> None:
    budgets = open_budgets(database, Limits(case=100, process=150))
    reserve(budgets, 100, case_id="lead-0001")
    reserve(budgets, 50, case_id="lead-0002")
    with pytest.raises(BudgetExceeded, match="this process"):
        reserve(budgets, 50, case_id="lead-0003")
    reserve(budgets, 50, case_id="ticket-0001", process="support")


def test_a_new_day_frees_the_day_and_a_new_month_the_month(database: Database, clock: ManualClock) -> None:
    budgets = open_budgets(database, Limits(day=100, month=150), clock)
    settle(budgets, reserve(budgets, 100), 100)
    clock.advance(days=1)
    settle(budgets, reserve(budgets, 50), 50)
    clock.advance(days=1)
    with pytest.raises(BudgetExceeded, match="this month"):
        reserve(budgets, 1)
    clock.advance(days=31)
    reserve(budgets, 100)


def test_a_cost_is_booked_on_the_day_it_was_held(database: Database, clock: ManualClock) -> None:
    budgets = open_budgets(database, Limits(day=100), clock)
    late = reserve(budgets, 100)
    clock.advance(days=1)
    settle(budgets, late, 100)
    reserve(budgets, 100)
    with database.read() as connection:
        days = {line.name: line.spent_micros for line in budgets.costs(connection).by_day}
    assert days == {"2026-11-02": 100, "2026-11-03": 0}


def test_settling_twice_changes_nothing(database: Database) -> None:
    budgets = open_budgets(database, NO_LIMITS)
    held = reserve(budgets, 10)
    settle(budgets, held, 7)
    settle(budgets, held, 9)
    with database.read() as connection:
        assert budgets.costs(connection).today_micros == 7
        assert budgets.log.head(connection) == 2


def test_nonsense_is_refused(database: Database) -> None:
    budgets = open_budgets(database, NO_LIMITS)
    with pytest.raises(InvalidInput):
        reserve(budgets, -1)
    with pytest.raises(NotFound):
        settle(budgets, "res_none", 1)
    held = reserve(budgets, 1)
    with pytest.raises(InvalidInput):
        settle(budgets, held, -1)


def test_a_refused_reservation_leaves_nothing_behind(database: Database) -> None:
    budgets = open_budgets(database, Limits(day=0))
    with pytest.raises(BudgetExceeded):
        reserve(budgets, 1)
    reserve(budgets, 0)
    with database.read() as connection:
        assert budgets.log.head(connection) == 1


def test_sixteen_threads_at_once_never_pass_a_limit(database: Database) -> None:
    budgets, together = open_budgets(database, Limits(day=1000)), Barrier(16)

    def try_it(_: int) -> bool:
        together.wait()
        try:
            settle(budgets, reserve(budgets, 130), 120)
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        successes = sum(pool.map(try_it, range(16)))
    with database.read() as connection:
        costs = budgets.costs(connection)
    assert costs.today_micros == successes * 120 <= 1000
    assert costs.held_micros == 0
    assert successes >= 7


def test_processes_at_once_spend_the_limit_exactly(database: Database, database_url: str) -> None:
    spenders = [start_spender(database_url, day_limit=1000, amount=30) for _ in range(3)]
    times = [int(spender.communicate(timeout=60)[0]) for spender in spenders]
    assert [spender.returncode for spender in spenders] == [0, 0, 0]
    assert sum(times) == 33
    with database.read() as connection:
        assert open_budgets(database, NO_LIMITS).costs(connection).today_micros == 990


def test_costs_are_told_by_day_process_agent_model_and_case(database: Database, clock: ManualClock) -> None:
    budgets = open_budgets(database, NO_LIMITS, clock)
    settle(budgets, reserve(budgets, 100, case_id="lead-0001"), 10)
    clock.advance(days=1)
    settle(budgets, reserve(budgets, 100, case_id="lead-0002"), 20)
    reserve(budgets, 5, case_id="lead-0002")
    with database.read() as connection:
        costs = budgets.costs(connection)
        narrow = budgets.costs(connection, days=1)
    assert (costs.today_micros, costs.month_micros, costs.held_micros) == (20, 30, 5)
    assert [(line.name, line.spent_micros) for line in costs.by_day] == [("2026-11-03", 20), ("2026-11-02", 10)]
    assert [(line.name, line.spent_micros, line.held_micros, line.calls) for line in costs.by_case] == [
        ("lead-0002", 20, 5, 2),
        ("lead-0001", 10, 0, 1),
    ]
    assert [line.name for lines in (costs.by_process, costs.by_agent, costs.by_model) for line in lines] == [
        "lead_intake",
        "router",
        "m",
    ]
    assert [line.name for line in narrow.by_case] == ["lead-0002"]


def test_the_ledger_can_be_rebuilt_from_the_log(database: Database) -> None:
    budgets = open_budgets(database, NO_LIMITS)
    settle(budgets, reserve(budgets, 10), 3)
    reserve(budgets, 20, case_id="lead-0002")
    before = projection_digests(budgets.log)
    rebuild(budgets.log)
    assert projection_digests(budgets.log) == before


limit = st.none() | st.integers(0, 300)
any_limits = st.builds(Limits, call=limit, case=limit, process=limit, day=limit, month=limit)
step = st.one_of(
    st.tuples(st.just("reserve"), st.integers(0, 120), st.integers(0, 3)),
    st.tuples(st.just("settle"), st.integers(0, 100), st.integers(0, 30)),
    st.tuples(st.just("days"), st.integers(1, 20), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(limits=any_limits, steps=st.lists(step, max_size=30))
def test_whatever_is_reserved_and_settled_no_limit_is_passed(limits: Limits, steps: list[tuple[str, int, int]]) -> None:
    database, clock = Database("sqlite://"), ManualClock()
    create_tables(database)
    budgets, held = open_budgets(database, limits, clock), list[tuple[str, int]]()
    for kind, number, which in steps:
        if kind == "days":
            clock.at += timedelta(days=number)
        elif kind == "settle" and held:
            reservation, amount = held[which % len(held)]
            settle(budgets, reservation, amount * number // 100)
        elif kind == "reserve":
            try:
                case, process = f"case-{which}", f"process-{which % 2}"
                held.append((reserve(budgets, number, case, process), number))
            except BudgetExceeded:
                assert _would_pass(budgets, limits, number, case, process)
        _check(database, limits)
    before = projection_digests(budgets.log)
    rebuild(budgets.log)
    assert projection_digests(budgets.log) == before
    database.close()


def _would_pass(budgets: Budgets, limits: Limits, amount: int, case: str, process: str) -> bool:
    day = budgets.log.clock.now().date().isoformat()
    named = scopes(case, process, day)
    used = _sums(budgets.log.database)
    return (limits.call is not None and amount > limits.call) or any(
        (most := getattr(limits, scope)) is not None and used.get((scope, name), 0) + amount > most
        for scope, name in named.items()
    )


def _check(database: Database, limits: Limits) -> None:
    with database.read() as connection:
        rows = connection.execute(sa.select(totals)).all()
    kept = {(row.scope, row.name): row.held_micros + row.spent_micros for row in rows}
    assert kept == _sums(database)
    for (scope, _), used in kept.items():
        most = getattr(limits, scope)
        assert most is None or used <= most


def _sums(database: Database) -> dict[tuple[str, str], int]:
    """The totals, added up from the reservations one by one."""
    sums: dict[tuple[str, str], int] = {}
    with database.read() as connection:
        for row in connection.execute(sa.select(reservations)):
            used = row.amount_micros if row.cost_micros is None else row.cost_micros
            for key in scopes(row.case_id, row.process, row.day).items():
                sums[key] = sums.get(key, 0) + used
    return sums
