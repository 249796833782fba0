"""The model gateway, against a real OpenAI-compatible server in a process of its own."""

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
import sqlalchemy as sa

from aios.budgets.costs import Costs
from aios.budgets.limits import Limits
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.errors import BudgetExceeded
from aios.events.event import Event
from aios.events.integrity import projection_digests, rebuild
from aios.models.errors import AnswerInvalid, CredentialRefused, ModelRefused, ModelUnavailable, PriceUnknown
from aios.models.gateway import Gateway
from aios.models.tables import claims
from tests.gateways import GOOD, KEY, Setup, Verdict, close_gateways, open_gateway, question
from tests.peers.aimock import Aimock
from tests.ports import free_port

TOKENS = {"prompt_tokens": 50, "completion_tokens": 8}
PAID = 50 * 10 + 8 * 100
"""What these tokens cost at the tests' prices."""


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
def gateway(setup: Setup, database: Database) -> Gateway:
    """The gateway of `setup`."""
    return open_gateway(setup, database)


def costs(gateway: Gateway) -> Costs:
    with gateway.log.database.read() as connection:
        return gateway.exchange.budgets.costs(connection)


def events(gateway: Gateway, *types: str) -> list[Event]:
    with gateway.log.database.read() as connection:
        return gateway.log.read(connection, types=types)


def outcomes(gateway: Gateway) -> list[str]:
    return [event.payload.outcome for event in events(gateway, "budget.settled")]


def nothing_is_open(gateway: Gateway) -> bool:
    """No money is held and no call claimed."""
    with gateway.log.database.read() as connection:
        under_way = connection.scalar(sa.select(sa.func.count()).where(claims.c.failure.is_(None)))
    return costs(gateway).held_micros == 0 and under_way == 0


def test_an_answer_comes_typed_priced_and_journalled(aimock: Aimock, gateway: Gateway) -> None:
    aimock.answer(GOOD, usage=TOKENS)
    answer = gateway.ask(question())
    assert answer.output == Verdict(kind="lead", score=7)
    assert (answer.model, answer.tokens_in, answer.tokens_out) == ("tiny", 50, 8)
    assert (answer.cost_micros, answer.journalled) == (PAID, False)
    assert costs(gateway).today_micros == PAID
    assert [line.name for line in costs(gateway).by_agent] == ["router"]
    assert nothing_is_open(gateway)


def test_the_server_is_sent_a_strict_schema_a_bound_and_an_idempotency_key(aimock: Aimock, gateway: Gateway) -> None:
    aimock.answer(GOOD)
    answer = gateway.ask(question())
    (request,) = aimock.requests()
    schema = request["body"]["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["additionalProperties"] is False
    assert schema["schema"]["required"] == ["kind", "score"]
    assert request["body"]["max_tokens"] == 1200
    assert request["headers"]["idempotency-key"] == answer.request_hash


def test_asking_again_costs_nothing_and_says_the_same(aimock: Aimock, setup: Setup, database: Database) -> None:
    aimock.answer(GOOD, usage=TOKENS)
    first = open_gateway(setup, database).ask(question())
    gateway = open_gateway(setup, database)
    again = gateway.ask(question(agent_version="2"))
    assert again.journalled
    assert (again.output, again.cost_micros, again.request_hash) == (first.output, PAID, first.request_hash)
    assert len(aimock.requests()) == 1
    assert costs(gateway).today_micros == PAID


def test_a_new_attempt_at_the_same_question_is_a_new_call(aimock: Aimock, gateway: Gateway) -> None:
    aimock.answer(GOOD)
    gateway.ask(question())
    assert not gateway.ask(question(attempt=2)).journalled
    assert len(aimock.requests()) == 2


def test_the_journal_and_the_ledger_can_be_rebuilt_from_the_log(aimock: Aimock, gateway: Gateway) -> None:
    aimock.answer(GOOD, usage=TOKENS)
    gateway.ask(question())
    before = projection_digests(gateway.log)
    rebuild(gateway.log)
    assert projection_digests(gateway.log) == before
    assert gateway.ask(question()).journalled


def test_a_429_is_tried_again_after_the_time_the_server_names(aimock: Aimock, gateway: Gateway) -> None:
    busy = {"error": {"message": "slow down", "type": "rate_limit_error"}, "status": 429, "retryAfter": 1}
    aimock.fixture(busy, match={"endpoint": "chat", "sequenceIndex": 0})
    aimock.answer(GOOD, usage=TOKENS)
    gateway.ask(question())
    first, second = aimock.requests()
    assert second["timestamp"] - first["timestamp"] >= 1000
    assert outcomes(gateway) == ["rate_limited", "answered"]
    assert costs(gateway).today_micros == PAID


def test_a_429_that_asks_for_a_long_wait_ends_the_call_and_holds_back_the_next(
    aimock: Aimock, gateway: Gateway
) -> None:
    aimock.fixture({"error": {"message": "tomorrow"}, "status": 429, "retryAfter": 600})
    with pytest.raises(ModelUnavailable) as refused:
        gateway.ask(question())
    assert refused.value.retry_after == 600
    with pytest.raises(ModelUnavailable) as held_back:
        gateway.ask(question("Something else?"))
    assert 590 < (held_back.value.retry_after or 0) <= 600
    assert len(aimock.requests()) == 1
    assert costs(gateway).today_micros == 0
    assert nothing_is_open(gateway)


def test_a_refused_key_is_told_at_once_and_not_tried_by_every_case(
    aimock: Aimock, setup: Setup, database: Database, clock: ManualClock
) -> None:
    gateway = open_gateway(setup, database, clock)
    aimock.fixture({"error": {"message": f"Incorrect API key provided: {KEY}"}, "status": 401})
    for user in ("one", "two", "three"):
        with pytest.raises(CredentialRefused) as refused:
            gateway.ask(question(user))
    assert "OPENAI_API_KEY" in refused.value.remedy
    assert len(aimock.requests()) == 1
    assert costs(gateway).today_micros == 0
    aimock.reset()
    aimock.answer(GOOD)
    clock.advance(seconds=61)
    assert gateway.ask(question("four")).output.score == 7


def test_an_account_without_credit_is_not_tried_again(aimock: Aimock, gateway: Gateway) -> None:
    aimock.fixture({"error": {"message": "no credit", "code": "insufficient_quota"}, "status": 429, "retryAfter": 1})
    with pytest.raises(CredentialRefused):
        gateway.ask(question())
    assert len(aimock.requests()) == 1


def test_a_server_error_that_passes_is_not_noticed(aimock: Aimock, gateway: Gateway) -> None:
    aimock.fail_once(500)
    aimock.fail_once(503)
    aimock.answer(GOOD, usage=TOKENS)
    assert gateway.ask(question()).output.score == 7
    assert outcomes(gateway) == ["server", "server", "answered"]
    assert costs(gateway).today_micros == PAID


def test_a_server_error_that_stays_ends_as_unavailable_and_costs_nothing(aimock: Aimock, gateway: Gateway) -> None:
    aimock.fixture({"error": {"message": "broken"}, "status": 500})
    with pytest.raises(ModelUnavailable):
        gateway.ask(question())
    assert len(aimock.requests()) == 3
    assert costs(gateway).today_micros == 0
    assert [event.payload.kind for event in events(gateway, "model.failed")] == ["server"]
    assert nothing_is_open(gateway)


@pytest.mark.parametrize(
    ("fault", "kind", "patience"),
    [
        ({"malformedRate": 1.0}, "malformed", 30.0),
        ({"disconnectRate": 1.0}, "disconnected", 30.0),
        ({"latencyMs": 3000}, "timeout", 0.4),
    ],
)
def test_an_answer_that_was_lost_is_booked_as_if_it_had_been_paid(
    aimock: Aimock, setup: Setup, database: Database, fault: dict[str, float], kind: str, patience: float
) -> None:
    gateway = open_gateway(Setup(setup.url, setup.base_url, timeout=patience, attempts=2, dear=True), database)
    aimock.answer(GOOD)
    aimock.chaos(**fault)
    with pytest.raises(ModelUnavailable):
        gateway.ask(question())
    held = [event.payload.amount_micros for event in events(gateway, "budget.reserved")]
    assert outcomes(gateway) == [kind, kind]
    assert costs(gateway).today_micros == sum(held) > 0
    assert nothing_is_open(gateway)


def test_a_server_that_is_not_there_costs_nothing(setup: Setup, database: Database) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    gateway = open_gateway(Setup(setup.url, nowhere, dear=True), database)
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        gateway.ask(question())
    assert costs(gateway).today_micros == 0


def test_an_unknown_model_is_refused_with_the_setting_to_check(aimock: Aimock, gateway: Gateway) -> None:
    aimock.fixture({"error": {"message": "no such model", "code": "model_not_found"}, "status": 404})
    with pytest.raises(ModelRefused) as refused:
        gateway.ask(question())
    assert "AIOS_MODEL_SMALL" in refused.value.remedy
    assert len(aimock.requests()) == 1


def test_a_wrong_shape_is_sent_back_once_with_what_is_wrong(aimock: Aimock, gateway: Gateway) -> None:
    wrong = {"kind": "lead", "score": 700}
    aimock.answer(wrong, match={"endpoint": "chat", "sequenceIndex": 0}, usage=TOKENS)
    aimock.answer(GOOD, usage=TOKENS)
    answer = gateway.ask(question())
    _, repair = aimock.requests()
    said, again = repair["body"]["messages"][-2:]
    assert said == {"role": "assistant", "content": json.dumps(wrong)}
    assert "at score: Input should be less than or equal to 100" in again["content"]
    assert (answer.output.score, answer.cost_micros, answer.tokens_in) == (7, 2 * PAID, 100)


def test_an_answer_that_stays_invalid_ends_with_what_was_said_and_is_not_paid_again(
    aimock: Aimock, gateway: Gateway
) -> None:
    aimock.answer("I would say {it is a lead", usage=TOKENS)
    for _ in range(2):
        with pytest.raises(AnswerInvalid) as invalid:
            gateway.ask(question())
        assert invalid.value.excerpt == "I would say {it is a lead"
        assert invalid.value.remedy
    assert len(aimock.requests()) == 2
    assert costs(gateway).today_micros == 2 * PAID
    assert [event.payload.kind for event in events(gateway, "model.failed")] == ["invalid"]


def test_a_cut_answer_is_asked_for_again_with_more_room(aimock: Aimock, gateway: Gateway) -> None:
    aimock.answer('{"kind": "le', match={"endpoint": "chat", "sequenceIndex": 0}, finishReason="length")
    aimock.answer(GOOD)
    assert gateway.ask(question()).output.score == 7
    first, second = (request["body"] for request in aimock.requests())
    assert (first["max_tokens"], second["max_tokens"]) == (1200, 2400)
    assert first["messages"] == second["messages"]


def test_a_filtered_answer_is_not_taken_for_an_answer(aimock: Aimock, gateway: Gateway) -> None:
    aimock.answer(GOOD, finishReason="content_filter")
    with pytest.raises(AnswerInvalid, match="content filter"):
        gateway.ask(question())


def test_json_in_a_fence_is_taken(aimock: Aimock, gateway: Gateway) -> None:
    aimock.answer(f"```json\n{json.dumps(GOOD)}\n```")
    assert gateway.ask(question()).output.score == 7


def test_without_room_in_the_budget_nothing_is_sent(aimock: Aimock, setup: Setup, database: Database) -> None:
    gateway = open_gateway(Setup(setup.url, setup.base_url, limits=Limits(day=1000), dear=True), database)
    aimock.answer(GOOD)
    with pytest.raises(BudgetExceeded, match="today"):
        gateway.ask(question())
    assert aimock.requests() == []
    assert nothing_is_open(gateway)


def test_a_model_of_unknown_price_is_not_asked_where_there_is_a_limit(database: Database, database_url: str) -> None:
    elsewhere = Setup(database_url, "https://models.example/v1", limits=Limits(day=10**9))
    with pytest.raises(PriceUnknown) as refused:
        open_gateway(elsewhere, database).ask(question())
    assert "`prices`" in refused.value.remedy


def test_a_server_on_this_machine_costs_nothing(aimock: Aimock, setup: Setup, database: Database) -> None:
    gateway = open_gateway(Setup(setup.url, setup.base_url, limits=Limits(day=0)), database)
    aimock.answer(GOOD, usage=TOKENS)
    assert gateway.ask(question()).cost_micros == 0


def test_nothing_set_up_says_what_to_set(database: Database, database_url: str) -> None:
    gateway = open_gateway(Setup(database_url, "", key=""), database)
    assert not gateway.available
    assert not gateway.health().configured
    with pytest.raises(ModelUnavailable) as missing:
        gateway.ask(question())
    assert "OPENAI_API_KEY" in missing.value.remedy


def test_health_names_each_model_and_its_breaker(aimock: Aimock, setup: Setup, database: Database) -> None:
    gateway = open_gateway(Setup(setup.url, setup.base_url, attempts=5, dear=True), database)
    aimock.fixture({"error": {"message": "broken"}, "status": 500})
    with pytest.raises(ModelUnavailable):
        gateway.ask(question())
    health = gateway.health()
    assert health.configured
    assert [model.tier for model in health.models] == ["small", "mid", "large"]
    assert health.models[0].breaker.state == "open"
    assert "broken" in health.models[0].breaker.reason


def test_the_key_reaches_no_event_and_no_error(aimock: Aimock, gateway: Gateway) -> None:
    aimock.fixture({"error": {"message": f"Incorrect API key provided: {KEY}"}, "status": 401})
    with pytest.raises(CredentialRefused) as refused:
        gateway.ask(question())
    said = [str(refused.value), *(event.payload.model_dump_json() for event in events(gateway))]
    assert KEY not in "".join(said)


def test_each_reservation_is_settled_once(aimock: Aimock, gateway: Gateway) -> None:
    aimock.fail_once(500)
    aimock.answer(GOOD)
    gateway.ask(question())
    ledger = events(gateway, "budget.reserved", "budget.settled")
    assert [event.type for event in ledger] == ["budget.reserved", "budget.settled"] * 2
    ids = [event.payload.reservation_id for event in ledger]
    assert [first == second for first, second in pairwise(ids)] == [True, False, True]
