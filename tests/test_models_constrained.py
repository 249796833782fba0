"""The model gateway against a real llama.cpp server, whose output is constrained to the schema it is sent."""

from collections.abc import Iterator
from enum import Enum
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from aios.database.engine import Database
from aios.models.errors import AnswerInvalid
from aios.models.gateway import Gateway
from tests.gateways import Setup, close_gateways, open_gateway, question
from tests.peers.llama import Llama

pytestmark = pytest.mark.slow


class Need(Enum):
    """A closed choice."""

    HELP = "help"
    PRICE = "price"


class Line(BaseModel):
    """A nested part, used twice."""

    model_config = ConfigDict(extra="forbid")
    amount_minor: int = Field(ge=0, le=99)
    sure: bool


class Offer(BaseModel):
    """What agents' contracts look like: nested models, lists, choices, numbers, nothing optional but by null."""

    model_config = ConfigDict(extra="forbid")
    need: Need
    urgency: Literal["low", "high"]
    main: Line
    lines: list[Line] = Field(max_length=2)
    second: Line | None


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Connections end with the test."""
    yield
    close_gateways()


@pytest.fixture
def gateway(llama: Llama, database: Database, database_url: str) -> Gateway:
    """A gateway to the local model; no key."""
    return open_gateway(Setup(database_url, llama.base_url, key="", timeout=60), database)


def test_what_a_constrained_model_says_fits_the_contract(gateway: Gateway) -> None:
    for number in range(5):
        answer = gateway.ask(question(f"Lead {number}", schema=Offer, max_tokens=1500))
        assert isinstance(answer.output, Offer)
        assert answer.tokens_in > 0
        assert answer.cost_micros == 0


def test_an_answer_without_room_is_cut_twice_and_then_given_up(gateway: Gateway) -> None:
    with pytest.raises(AnswerInvalid, match="cut off"):
        gateway.ask(question(schema=Offer, max_tokens=3))


def test_a_local_model_needs_no_key(gateway: Gateway) -> None:
    assert gateway.available
    assert gateway.health().models[0].priced
