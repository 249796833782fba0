"""What a call costs: the owner's prices, this machine's, the list's; else unknown."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.clock import ManualClock
from aios.models.pricing import Price, Pricing, Usage, is_local, most
from aios.models.request import first_call
from tests.gateways import question

TOKENS = Usage(1_000_000, 100_000)


def test_a_listed_model_at_its_own_provider_has_a_price() -> None:
    assert Pricing(None, ManualClock()).cost("gpt-5-mini", TOKENS) == 450_000


def test_cached_input_is_cheaper() -> None:
    cost = Pricing(None, ManualClock()).cost("gpt-5-mini", Usage(1_000_000, 0, cached=1_000_000))
    assert cost == 25_000


@pytest.mark.parametrize(
    ("base_url", "model"),
    [(None, "no-such-model"), ("https://models.example/v1", "gpt-5-mini"), ("http://192.168.1.5:11434/v1", "qwen")],
)
def test_what_nobody_has_a_price_for_is_unknown_and_not_free(base_url: str | None, model: str) -> None:
    assert Pricing(base_url, ManualClock()).cost(model, TOKENS) is None


def test_the_owners_price_comes_first_also_on_this_machine() -> None:
    own = {"gpt-5-mini": Price(Decimal("0.5"), Decimal(1))}
    for base_url in (None, "http://localhost:8080/v1", "https://models.example/v1"):
        assert Pricing(base_url, ManualClock(), lambda: own).cost("gpt-5-mini", TOKENS) == 600_000


def test_a_server_on_this_machine_is_free() -> None:
    assert Pricing("http://127.0.0.1:11434/v1", ManualClock()).cost("qwen", TOKENS) == 0


@pytest.mark.parametrize("url", ["http://localhost/v1", "http://127.8.0.1:1/v1", "http://[::1]:1/v1"])
def test_loopback_is_local(url: str) -> None:
    assert is_local(url)


@pytest.mark.parametrize("url", ["http://10.0.0.1/v1", "https://localhost.example/v1", "", "https://127.0.0.1.nip.io"])
def test_anything_else_is_not(url: str) -> None:
    assert not is_local(url)


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**6),
    st.decimals(0, 1000, places=4, allow_nan=False),
    st.decimals(0, 1000, places=4, allow_nan=False),
)
def test_a_cost_is_whole_micro_dollars_and_never_rounded_down(
    tokens_in: int, tokens_out: int, a: Decimal, b: Decimal
) -> None:
    cost = Pricing(None, ManualClock(), lambda: {"m": Price(a, b)}).cost("m", Usage(tokens_in, tokens_out))
    exact = a * tokens_in + b * tokens_out
    assert cost is not None
    assert exact <= cost < exact + 1


@given(st.text(min_size=1, max_size=400))
def test_what_is_held_covers_the_longest_answer_and_twice_the_estimated_input(text: str) -> None:
    pricing = Pricing(None, ManualClock(), lambda: {"m": Price(Decimal(1), Decimal(1))})
    call = first_call(question(text), "m")
    assert most(pricing.rate(call.model), call, call.max_tokens) == 2 * call.tokens_in + call.max_tokens
