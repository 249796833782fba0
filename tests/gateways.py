"""A gateway to a test server, and a process of its own that asks one question through it."""

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from aios.budgets.budgets import Budgets
from aios.budgets.limits import NO_LIMITS, Limits
from aios.budgets.projection import BudgetProjection
from aios.clock import Clock, SystemClock
from aios.database.engine import Database
from aios.errors import AiosError
from aios.events.log import EventLog
from aios.models.gateway import Gateway
from aios.models.journal import JournalProjection
from aios.models.pricing import Price
from aios.models.request import ModelRequest
from aios.models.retry import Retry
from aios.settings import Settings
from tests.forking import Forked

ROOT = Path(__file__).parent.parent
KEY = "sk-test-4f1d9a"
DEAR = {"tiny": Price(Decimal(10), Decimal(100))}
"""Micro-dollars per token: ten in, a hundred out."""


OPEN: list[Gateway] = []
"""What `close_gateways` closes."""


class Verdict(BaseModel):
    """What the tests ask a model for."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["lead", "spam"]
    score: int = Field(ge=0, le=100)


GOOD = {"kind": "lead", "score": 7}


@dataclass(frozen=True)
class Setup:
    """How the gateway is set up; what is not said is free of limits and quick to retry."""

    url: str
    base_url: str
    key: str = KEY
    timeout: float = 30.0
    limits: Limits = NO_LIMITS
    attempts: int = 3
    longest: float = 60.0
    dear: bool = False


def open_gateway(setup: Setup, database: Database, clock: Clock | None = None) -> Gateway:
    """The gateway on the database."""
    clock = clock or SystemClock()
    log = EventLog(database, clock, [BudgetProjection(), JournalProjection()])
    names = {f"aios_model_{tier}": "tiny" for tier in ("small", "mid", "large")}
    settings = Settings(
        openai_api_key=SecretStr(setup.key) if setup.key else None,
        openai_base_url=setup.base_url or None,
        aios_model_timeout=setup.timeout,
        **names,
    )
    prices: Callable[[], dict[str, Price]] = (lambda: DEAR) if setup.dear else dict
    retry = Retry(setup.attempts, first=0.01, longest=setup.longest)
    gateway = Gateway(settings, log, Budgets(log, lambda _: setup.limits), clock, prices=prices, retry=retry)
    OPEN.append(gateway)
    return gateway


def close_gateways() -> None:
    """Close every gateway that was opened here."""
    while OPEN:
        OPEN.pop().close()


def question(user: str = "Is this a lead?", **more: Any) -> ModelRequest[Verdict]:
    """A request for a `Verdict`."""
    given = {"agent": "router", "agent_version": "1", "tier": "small", "system": "Sort mails.", "schema": Verdict}
    return ModelRequest(**given | {"user": user, "case_id": "lead-0001", "process": "lead_intake"} | more)


def start_asker(setup: Setup, *questions: str) -> Forked:
    """A process that asks the questions one after the other and prints, for each, what it got as a line of JSON."""
    return Forked.module("tests.gateways", json.dumps(asdict(setup)), *questions)


def answers_of(asker: Forked) -> list[dict[str, Any]]:
    """What the process printed, once it has ended well."""
    out, said = asker.communicate(timeout=60)
    assert asker.returncode == 0, said
    return [json.loads(line) for line in out.splitlines()]


def stop(asker: Forked, how: signal.Signals) -> None:
    """End the process with the signal, and wait until it is gone."""
    asker.send_signal(how)
    asker.communicate(timeout=60)


def main(setup: Setup, questions: list[str]) -> None:
    """Ask, and print each outcome."""
    database = Database(setup.url)
    gateway = open_gateway(setup, database)
    for user in questions:
        try:
            answer = gateway.ask(question(user))
            outcome = {"output": answer.output.model_dump(), "journalled": answer.journalled}
        except AiosError as error:
            outcome = {"error": type(error).__name__}
        sys.stdout.write(json.dumps(outcome) + "\n")
    database.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background ignores it
    given = json.loads(sys.argv[1])
    main(Setup(**given | {"limits": Limits(**given["limits"])}), sys.argv[2:])
