"""A service that fails, flaps, limits or refuses us holds effects back; it loses none, and none goes out twice."""

import random
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aios.clock import ManualClock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.database.engine import Database
from aios.decisions.decisions import Decisions
from aios.effects import due
from aios.effects.admission import Admission
from aios.effects.executor import Executor
from aios.effects.ledger import Effect
from aios.effects.tables import effects
from aios.errors import BusinessFailure, CredentialRefused, OutcomeUnknown, SoftFailure
from aios.traffic import rates
from aios.traffic.rates import Rate
from tests.contracts.carrying import approve, approve_in, open_log


class Service:
    """An outside in memory that fails as told and remembers in which order it did what."""

    name = "mail"
    mode = "sandbox"

    def __init__(self) -> None:
        self.done: list[str] = []
        self.calls = 0
        self.failing: Any = lambda: None

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        self.calls += 1
        failure = self.failing()
        if failure is None or isinstance(failure, OutcomeUnknown):
            self.done.append(key)
        if failure is not None:
            raise failure
        return {"key": key}

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        return Found({"key": key}) if key in self.done else Absent()

    def check(self) -> Health:
        return Health("mail", "ok")


class Bench:
    """Effects, a service, and rounds of whatever is due."""

    def __init__(self, database: Database, clock: ManualClock, paces: Any = None) -> None:
        self.database, self.clock, self.service = database, clock, Service()
        self.log = open_log(database, clock)
        connectors = {("mail", "sandbox"): self.service}
        admission = Admission(self.log, lambda _, name, mode: (paces or {}).get((name, mode)))
        self.executor = Executor(self.log, connectors, timedelta(seconds=60), admission)

    def approve(self, case: int, number: int, priority: int = 1) -> str:
        key = f"mail.send/lead-{case:04d}/{number}"
        approve(self.log, self.service, "send", {"n": number}, key, f"lead-{case:04d}", priority)
        return key

    def approve_many(self, cases: int, each: int) -> list[str]:
        """So many effects in each of so many cases, in one transaction."""
        keys = [f"mail.send/lead-{case:04d}/{number}" for number in range(each) for case in range(cases)]
        with self.database.write() as tx:
            for key in keys:
                approve_in(tx, self.log, self.service, "send", {"n": 1}, key, key.split("/")[1])
        return keys

    def round(self) -> int:
        """Carry out what is due now; how many were."""
        with self.database.read() as connection:
            due = self.executor.due(connection)
        for effect in due:
            self.executor.carry_out(effect.key)
        return len(due)

    def states(self) -> Counter[str]:
        with self.database.read() as connection:
            query = sa.select(effects.c.state, sa.func.count()).group_by(effects.c.state)
            return Counter({state: number for state, number in connection.execute(query)})

    def questions(self) -> list[Any]:
        with self.database.read() as connection:
            return Decisions(self.log).list(connection, status="open")

    def drain(self, rounds: int = 200) -> None:
        for _ in range(rounds):
            self.round()
            self.clock.advance(seconds=30)
            if set(self.states()) <= {"captured"}:
                return


@pytest.fixture
def bench(database: Database, clock: ManualClock) -> Bench:
    return Bench(database, clock)


def test_a_service_that_is_down_is_asked_a_few_times_and_not_by_everyone(bench: Bench) -> None:
    for case in range(40):
        bench.approve(case, 1)
    bench.service.failing = lambda: SoftFailure("connection refused")
    for _ in range(10):
        bench.round()
    assert bench.service.calls == 5
    assert bench.states()["buffered"] == 36 and bench.states()["approved"] == 4
    bench.clock.advance(seconds=31)
    bench.round()
    assert bench.service.calls == 6, "one probe, the others wait"
    bench.service.failing = lambda: None
    bench.drain()
    assert bench.states() == {"captured": 40} and len(set(bench.service.done)) == 40


def test_retry_after_holds_the_whole_account_exactly_that_long(bench: Bench) -> None:
    first, second = bench.approve(1, 1), bench.approve(2, 1)
    bench.service.failing = lambda: SoftFailure("429", retry_after=90)
    bench.executor.carry_out(first)
    bench.service.failing = lambda: None
    bench.clock.advance(seconds=89)
    assert bench.executor.carry_out(second).state == "buffered" and bench.service.calls == 1
    bench.clock.advance(seconds=1)
    bench.drain()
    assert sorted(bench.service.done) == [first, second]


def test_effects_of_a_case_go_out_in_the_order_of_their_approval(bench: Bench) -> None:
    first, second = bench.approve(1, 1), bench.approve(1, 2)
    assert bench.executor.carry_out(second).state == "approved"
    bench.service.failing = lambda: SoftFailure("later")
    bench.executor.carry_out(first)
    bench.service.failing = lambda: None
    bench.executor.carry_out(second)
    assert bench.service.done == []
    bench.drain()
    assert bench.service.done == [first, second]


def test_while_draining_what_is_critical_goes_first_and_each_case_keeps_its_order(
    database: Database, clock: ManualClock
) -> None:
    bench = Bench(database, clock, {("mail", "sandbox"): ("me", Rate(2, timedelta(seconds=10)))})
    bench.service.failing = lambda: SoftFailure("503", retry_after=60)
    normal = [bench.approve(case, 1) for case in range(1, 7)]
    bench.round()
    first, second = bench.approve(8, 1), bench.approve(8, 2, priority=0)
    low, critical = bench.approve(7, 1, priority=2), bench.approve(9, 1, priority=0)
    bench.round()
    bench.round()
    assert bench.states()["buffered"] >= 9 and bench.service.done == []
    bench.service.failing = lambda: None
    clock.advance(seconds=61)
    bench.drain()
    done = bench.service.done
    assert done[0] == critical and len(set(done)) == len(normal) + 4
    assert done.index(first) < done.index(second)
    assert all(done.index(each) < done.index(low) for each in (*normal, first))


def test_a_refused_password_is_one_question_and_everything_waits(bench: Bench) -> None:
    keys = [bench.approve(case, 1) for case in range(30)]
    bench.service.failing = lambda: CredentialRefused("535 no", "Set a new password.")
    for _ in range(3):
        bench.round()
    assert bench.service.calls == 1 and bench.states() == {"buffered": 30}
    [asked] = bench.questions()
    assert asked.case_id is None and "credentials" in asked.title
    bench.service.failing = lambda: None
    bench.clock.advance(seconds=601)
    bench.drain()
    assert sorted(bench.service.done) == keys and bench.questions() == []


def test_a_no_to_one_effect_holds_up_no_other_and_says_its_kind(bench: Bench) -> None:
    refused, others = bench.approve(1, 1), [bench.approve(case, 1) for case in range(2, 12)]
    bench.service.failing = lambda: BusinessFailure("550 no such mailbox", "Correct the address.")
    assert bench.executor.carry_out(refused).failure == "business"
    bench.service.failing = lambda: None
    bench.round()
    assert bench.service.done == others


def test_an_account_keeps_its_pace_over_all_workers(database: Database, clock: ManualClock) -> None:
    bench = Bench(database, clock, {("mail", "sandbox"): ("me", Rate(5, timedelta(seconds=10)))})
    for case in range(20):
        bench.approve(case, 1)
    bench.round()
    assert len(bench.service.done) == 5
    clock.advance(seconds=4)
    bench.round()
    assert len(bench.service.done) == 7
    bench.drain()
    assert bench.states() == {"captured": 20}
    with database.write() as tx:
        waits = [rates.take(tx, "else", Rate(2, timedelta(seconds=10)), clock.now()) for _ in range(3)]
    assert waits == [timedelta(0), timedelta(0), timedelta(seconds=5)]


def test_a_tick_is_as_cheap_with_many_that_wait_for_a_service_as_with_few(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, queries, rows = Bench(database, clock), [], []
    with database.write() as tx:
        bench.executor.admission.breaker.failed(tx, "connector/mail/sandbox", "soft", "down", 300)
    monkeypatch.setattr(due, "Effect", lambda **row: rows.append(row) or Effect(**row))
    sa.event.listen(database.engine, "after_cursor_execute", lambda *_: queries.append(1))

    def tick() -> tuple[int, int, int]:
        """How many were due, and how many queries were made and effects read for that."""
        queries.clear()
        rows.clear()
        with database.read() as connection:
            found = len(bench.executor.due(connection))
        return found, len(queries), len(rows)

    costs = []
    for cases in (range(5), range(5, 40)):
        for case in cases:
            bench.executor.carry_out(bench.approve(case, 1))
        costs.append(tick())
    assert bench.states() == {"buffered": 40}
    assert costs[0] == costs[1] == (0, costs[0][1], 0) and costs[0][1] <= 5
    clock.advance(seconds=301)
    assert tick() == (1, costs[0][1] + 1, 1), "half-open: the probe alone"


@pytest.mark.slow
def test_a_thousand_effects_pass_a_flapping_service_once_each_and_in_order(tmp_path: Path) -> None:
    from tests.tables import create_tables

    database = Database(f"sqlite:///{tmp_path / 'aios.db'}")
    sa.event.listen(database.engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous=OFF"))
    create_tables(database)
    bench, chance = Bench(database, ManualClock()), random.Random(7)
    keys = bench.approve_many(250, 4)

    def flap() -> Exception | None:
        if bench.clock.now().minute % 3 == 1 or chance.random() < 0.05:
            return SoftFailure("503")
        return OutcomeUnknown("lost") if chance.random() < 0.05 else None

    bench.clock.advance(seconds=45)
    bench.service.failing = flap
    bench.drain(rounds=2000)
    assert bench.states() == {"captured": 1000}
    assert sorted(bench.service.done) == sorted(keys)
    order: dict[str, list[str]] = defaultdict(list)
    for key in bench.service.done:
        order[key.split("/")[1]].append(key)
    assert all(found == sorted(found) for found in order.values())
    database.close()
