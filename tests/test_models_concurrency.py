"""Many callers of the gateway at once, in threads and processes, some of them killed: one call, one payment."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from aios.budgets.costs import Costs
from aios.budgets.limits import Limits
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.errors import AiosError, BudgetExceeded
from aios.models.errors import CredentialRefused, ModelUnavailable
from aios.models.gateway import Gateway
from aios.models.tables import claims
from aios.traffic.breaker import FIRST_OPEN
from tests.gateways import GOOD, Setup, answers_of, close_gateways, open_gateway, question, start_asker, stop
from tests.peers.aimock import Aimock
from tests.waiting import until

BUSY = 16


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Connections end with the test."""
    yield
    close_gateways()


@pytest.fixture
def setup(aimock: Aimock, database_url: str) -> Setup:
    """A gateway that pays."""
    return Setup(database_url, aimock.base_url, dear=True)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """As many threads as there are callers."""
    with ThreadPoolExecutor(BUSY) as pool:
        yield pool


def at_once(threads: ThreadPoolExecutor, gateway: Gateway, questions: list[str]) -> list[Any]:
    """Ask them all at the same moment; an error stands in the place of its answer."""
    together = Barrier(len(questions))

    def ask(user: str) -> Any:
        together.wait()
        try:
            return gateway.ask(question(user))
        except AiosError as error:
            return error

    return list(threads.map(ask, questions))


def costs(gateway: Gateway) -> Costs:
    with gateway.log.database.read() as connection:
        return gateway.exchange.budgets.costs(connection)


def outcomes(gateway: Gateway) -> list[str]:
    with gateway.log.database.read() as connection:
        return [event.payload.outcome for event in gateway.log.read(connection, types=["budget.settled"])]


def test_sixteen_threads_with_one_question_make_one_call(
    aimock: Aimock, setup: Setup, database: Database, threads: ThreadPoolExecutor
) -> None:
    gateway = open_gateway(setup, database)
    aimock.answer(GOOD)
    aimock.chaos(latencyMs=300)
    answers = at_once(threads, gateway, ["the same"] * BUSY)
    assert [answer.output.score for answer in answers] == [7] * BUSY
    assert sum(not answer.journalled for answer in answers) == 1
    assert len(aimock.requests()) == 1
    assert outcomes(gateway) == ["answered"]


def test_those_who_wait_for_a_call_that_fails_share_its_failure(
    aimock: Aimock, setup: Setup, database: Database, threads: ThreadPoolExecutor
) -> None:
    gateway = open_gateway(setup, database)
    aimock.fixture({"error": {"message": "who are you"}, "status": 401})
    aimock.chaos(latencyMs=300)
    answers = at_once(threads, gateway, ["the same"] * BUSY)
    assert {type(answer) for answer in answers} == {CredentialRefused}
    assert len(aimock.requests()) == 1


def test_sixteen_callers_at_once_pass_no_budget(
    aimock: Aimock, setup: Setup, database: Database, threads: ThreadPoolExecutor
) -> None:
    aimock.answer(GOOD, usage={"prompt_tokens": 50, "completion_tokens": 1200})
    limit = 500_000
    gateway = open_gateway(replace(setup, limits=Limits(day=limit)), database)
    answers = at_once(threads, gateway, [f"question {number}" for number in range(BUSY)])
    refused = [answer for answer in answers if isinstance(answer, BudgetExceeded)]
    answered = BUSY - len(refused)
    assert 1 <= answered <= limit // 120_500
    assert costs(gateway).today_micros == answered * 120_500 <= limit
    assert costs(gateway).held_micros == 0
    assert len(aimock.requests()) == answered


def test_processes_at_once_make_one_call_for_one_question_and_pass_no_budget(
    aimock: Aimock, setup: Setup, database: Database
) -> None:
    aimock.answer(GOOD, usage={"prompt_tokens": 50, "completion_tokens": 1200})
    aimock.chaos(latencyMs=200)
    limited = replace(setup, limits=Limits(day=500_000))
    shared = [f"question {number}" for number in range(6)]
    askers = [start_asker(limited, *shared), start_asker(limited, *shared), start_asker(limited, *reversed(shared))]
    outcomes = [outcome for asker in askers for outcome in answers_of(asker)]
    paid = [outcome for outcome in outcomes if outcome.get("journalled") is False]
    assert {outcome.get("error", "") for outcome in outcomes} == {"", "BudgetExceeded"}
    assert 1 <= len(paid) == len(aimock.requests()) <= 4
    gateway = open_gateway(setup, database)
    assert costs(gateway).today_micros == len(paid) * 120_500 <= 500_000
    assert costs(gateway).held_micros == 0


def test_the_claim_of_a_killed_caller_is_taken_over_and_its_money_is_booked(
    aimock: Aimock, setup: Setup, database: Database
) -> None:
    aimock.answer(GOOD)
    aimock.chaos(latencyMs=20_000)
    asker = start_asker(replace(setup, timeout=60), "Is this a lead?")
    until(lambda: claimed(database), what="the call to be claimed")
    gateway = open_gateway(setup, database)
    held = until(lambda: costs(gateway).held_micros, what="money to be held")
    stop(asker, signal.SIGKILL)
    aimock.chaos()
    answer = gateway.ask(question())
    assert not answer.journalled
    assert outcomes(gateway) == ["abandoned", "answered"]
    assert costs(gateway).today_micros == held + answer.cost_micros
    assert not claimed(database)


def test_one_who_waits_for_a_caller_that_is_killed_makes_the_call(
    aimock: Aimock, setup: Setup, database: Database, threads: ThreadPoolExecutor
) -> None:
    aimock.answer(GOOD)
    aimock.chaos(latencyMs=20_000)
    asker = start_asker(replace(setup, timeout=60), "Is this a lead?")
    until(lambda: claimed(database), what="the call to be claimed")
    gateway = open_gateway(setup, database)
    waiting = threads.submit(gateway.ask, question())
    aimock.chaos()
    stop(asker, signal.SIGKILL)
    assert waiting.result(timeout=60).output.score == 7
    assert outcomes(gateway) == ["abandoned", "answered"]


def test_one_who_lost_the_claim_while_waiting_to_retry_takes_the_others_answer(
    aimock: Aimock, setup: Setup, database: Database, threads: ThreadPoolExecutor, clock: ManualClock
) -> None:
    busy = {"error": {"message": "slow down"}, "status": 429, "retryAfter": 2}
    aimock.fixture(busy, match={"endpoint": "chat", "sequenceIndex": 0})
    aimock.answer(GOOD)
    gateway = open_gateway(setup, database, clock)
    slow = threads.submit(gateway.ask, question())
    until(lambda: outcomes(gateway) == ["rate_limited"], what="the first try to be over")
    clock.advance(seconds=gateway.exchange.claims.seconds + 1)
    assert not gateway.ask(question()).journalled
    assert slow.result(timeout=60).journalled
    assert len(aimock.requests()) == 2


def test_an_answer_that_comes_after_its_lease_is_not_journalled_a_second_time(
    aimock: Aimock, setup: Setup, database: Database, threads: ThreadPoolExecutor, clock: ManualClock
) -> None:
    aimock.answer(GOOD)
    aimock.chaos(latencyMs=4000)
    gateway = open_gateway(setup, database, clock)
    slow = threads.submit(gateway.ask, question())
    until(lambda: claimed(database), what="the call to be claimed")
    clock.advance(seconds=gateway.exchange.claims.seconds + 1)
    quick = gateway.ask(question())
    late = slow.result(timeout=60)
    assert (late.output, late.request_hash) == (quick.output, quick.request_hash)
    assert outcomes(gateway) == ["abandoned", "answered"]
    assert costs(gateway).held_micros == 0


def test_the_claim_of_a_worker_elsewhere_lasts_as_long_as_its_lease(
    setup: Setup, database: Database, clock: ManualClock
) -> None:
    gateway = open_gateway(setup, database, clock)
    with database.write() as tx:
        gateway.exchange.claims.take(tx, "0" * 64)
        tx.execute(sa.update(claims).values(worker="another-machine:1:0.00"))
    assert gateway.recover() == 0
    clock.advance(seconds=gateway.exchange.claims.seconds + 1)
    assert gateway.recover() == 1


def test_money_of_the_dead_is_freed_even_if_nobody_asks_again(aimock: Aimock, setup: Setup, database: Database) -> None:
    aimock.answer(GOOD)
    aimock.chaos(latencyMs=20_000)
    asker = start_asker(replace(setup, timeout=60), "Is this a lead?")
    gateway = open_gateway(setup, database)
    until(lambda: costs(gateway).held_micros, what="money to be held")
    assert gateway.recover() == 0
    stop(asker, signal.SIGKILL)
    assert gateway.recover() == 1
    assert costs(gateway).held_micros == 0


def test_an_interrupted_caller_leaves_nothing_held(aimock: Aimock, setup: Setup, database: Database) -> None:
    aimock.answer(GOOD)
    aimock.chaos(latencyMs=20_000)
    asker = start_asker(replace(setup, timeout=60), "Is this a lead?")
    until(lambda: claimed(database), what="the call to be claimed")
    stop(asker, signal.SIGINT)
    gateway = open_gateway(setup, database)
    assert outcomes(gateway) == ["interrupted"]
    assert costs(gateway).held_micros == 0
    assert not claimed(database)


def test_a_breaker_opened_by_one_process_holds_back_the_others(
    aimock: Aimock, setup: Setup, database: Database
) -> None:
    aimock.fixture({"error": {"message": "broken"}, "status": 500})
    askers = [start_asker(setup, "one", "two", "three") for _ in range(2)]
    assert {outcome["error"] for asker in askers for outcome in answers_of(asker)} == {"ModelUnavailable"}
    sent = len(aimock.requests())
    assert sent <= 6
    gateway = open_gateway(setup, database)
    with pytest.raises(ModelUnavailable) as held_back:
        gateway.ask(question("four"))
    assert held_back.value.retry_after
    assert len(aimock.requests()) == sent


def test_a_half_open_breaker_lets_one_probe_through_and_closes_when_it_is_answered(
    aimock: Aimock, setup: Setup, database: Database, threads: ThreadPoolExecutor, clock: ManualClock
) -> None:
    gateway = open_gateway(replace(setup, attempts=5), database, clock)
    aimock.fixture({"error": {"message": "broken"}, "status": 500})
    with pytest.raises(ModelUnavailable):
        gateway.ask(question())
    clock.advance(seconds=FIRST_OPEN + 1)
    assert gateway.health().models[0].breaker.state == "half-open"
    aimock.reset()
    aimock.answer(GOOD)
    aimock.chaos(latencyMs=4000)
    answers = at_once(threads, gateway, [f"question {number}" for number in range(8)])
    assert sum(isinstance(answer, ModelUnavailable) for answer in answers) == 7
    assert len(aimock.requests()) == 1
    assert gateway.health().models[0].breaker.state == "closed"


def test_a_probe_that_fails_keeps_the_breaker_open_for_longer(
    aimock: Aimock, setup: Setup, database: Database, clock: ManualClock
) -> None:
    gateway = open_gateway(replace(setup, attempts=5), database, clock)
    aimock.fixture({"error": {"message": "broken"}, "status": 500})
    with pytest.raises(ModelUnavailable):
        gateway.ask(question())
    clock.advance(seconds=FIRST_OPEN + 1)
    with pytest.raises(ModelUnavailable) as refused:
        gateway.ask(question("again"))
    assert len(aimock.requests()) == 6
    clock.advance(seconds=FIRST_OPEN + 1)
    with pytest.raises(ModelUnavailable) as refused:
        gateway.ask(question("and again"))
    assert 0 < (refused.value.retry_after or 0) < FIRST_OPEN
    assert len(aimock.requests()) == 6


def claimed(database: Database) -> bool:
    with database.read() as connection:
        return bool(connection.scalar(sa.select(sa.func.count()).where(claims.c.reservation_id != "")))
