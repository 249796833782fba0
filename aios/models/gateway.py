"""`Gateway`: asks a model of the right tier for an answer of a given type; the only way to a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from aios.budgets.budgets import Budgets
from aios.clock import Clock
from aios.events.catalog import ModelFailed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.models.answer import read, repair_call
from aios.models.client import Client
from aios.models.errors import AnswerInvalid, ModelUnavailable
from aios.models.exchange import Exchange
from aios.models.journal import Asker, Paid
from aios.models.pricing import Price, Pricing, Usage
from aios.models.reply import Reply
from aios.models.request import Call, ModelAnswer, ModelRequest, Tier, first_call
from aios.models.retry import Retry
from aios.settings import Settings
from aios.traffic.breaker import BreakerState

T = TypeVar("T", bound=BaseModel)

EXCERPT = 500
"""Characters of an invalid answer that the owner is shown."""


@dataclass(frozen=True)
class ModelHealth:
    """One tier's model: how its breaker stands, and whether its price is known."""

    tier: str
    model: str
    breaker: BreakerState
    priced: bool


@dataclass(frozen=True)
class GatewayHealth:
    """Whether a model is set up at all, at which server, and how each tier is."""

    configured: bool
    server: str
    models: tuple[ModelHealth, ...]


class Gateway:
    """The way to a model. Every answer is validated, priced, held against the budgets, journalled and paid once.

    `prices` are the owner's own, by model name; they come before the list that ships with us.
    """

    def __init__(
        self,
        settings: Settings,
        log: EventLog,
        budgets: Budgets,
        clock: Clock,
        *,
        prices: Callable[[], Mapping[str, Price]] = dict,
        retry: Retry | None = None,
    ) -> None:
        self.settings = settings
        retry = retry or Retry()
        self.log = log
        self.client = Client(settings)
        self.pricing = Pricing(settings.openai_base_url, clock, prices)
        lease = settings.aios_model_timeout + retry.longest + 30
        self.exchange = Exchange(log, budgets, clock, self.client, self.pricing, retry, lease)

    @property
    def available(self) -> bool:
        """Whether a model is set up: a key, or a server that may need none."""
        return self.client.credentials.has("OPENAI_API_KEY") or bool(self.settings.openai_base_url)

    def model_for(self, tier: Tier) -> str:
        """The name of the model that serves the tier."""
        names = {
            "small": self.settings.aios_model_small,
            "mid": self.settings.aios_model_mid,
            "large": self.settings.aios_model_large,
        }
        return names[tier]

    def ask(self, request: ModelRequest[T]) -> ModelAnswer[T]:
        """The model's answer as `request.schema`; an invalid one is sent back for repair once.

        Raises `ModelUnavailable`, `ModelRefused` (`CredentialRefused`), `AnswerInvalid`, `BudgetExceeded`.
        """
        if not self.available:
            raise ModelUnavailable("No model is set up.", "Set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server.")
        asker = Asker(request.agent, request.tier, request.case_id, request.process)
        call = first_call(request, self.model_for(request.tier))
        paid = self.exchange.answer(call, asker)
        reading = read(paid.reply, request.schema)
        spent = (paid,)
        if reading.output is None:
            call = repair_call(call, paid.reply, reading.problem)
            paid = self.exchange.answer(call, asker)
            reading = read(paid.reply, request.schema)
            spent = (*spent, paid)
        if reading.output is None:
            raise self._invalid(call, asker, paid.reply, reading.problem)
        return _answer(reading.output, request, call, spent)

    def recover(self) -> int:
        """End the calls of workers that died; returns how many there were. Good to call at start and now and then."""
        with self.log.database.read() as connection:
            if not self.exchange.claims.abandoned(connection):
                return 0
        with self.log.database.write() as tx:
            return self.exchange.recover(tx)

    def close(self) -> None:
        """Let go of the connections to the server."""
        self.client.close()

    def health(self) -> GatewayHealth:
        """How the gateway stands, without calling any server."""
        with self.log.database.read() as connection:
            models = tuple(
                ModelHealth(
                    tier,
                    (model := self.model_for(tier)),
                    self.exchange.breaker.state(connection, self.exchange.breaker_name(model)),
                    self.pricing.cost(model, Usage(1, 1)) is not None,
                )
                for tier in ("small", "mid", "large")
            )
        return GatewayHealth(self.available, self.client.address, models)

    def _invalid(self, call: Call, asker: Asker, reply: Reply, problem: str) -> AnswerInvalid:
        failed = ModelFailed(
            request_hash=call.hash,
            agent=asker.agent,
            tier=asker.tier,
            model=call.model,
            kind="invalid",
            reason=problem,
        )
        self.log.record(
            NewEvent(
                f"model/{call.hash}",
                failed,
                case_id=asker.case_id or None,
                source="model.invalid",
                source_id=call.hash,
            )
        )
        return AnswerInvalid(
            f"{call.model} gave no usable answer to {asker.agent}: {problem}.",
            "Do this step by hand, or have it tried with a larger model.",
            excerpt=(reply.content or reply.refusal)[:EXCERPT],
            request_hash=call.hash,
        )


def _answer(output: T, request: ModelRequest[T], call: Call, spent: tuple[Paid, ...]) -> ModelAnswer[T]:
    return ModelAnswer(
        output=output,
        tier=request.tier,
        model=call.model,
        tokens_in=sum(paid.usage.tokens_in for paid in spent),
        tokens_out=sum(paid.usage.tokens_out for paid in spent),
        cost_micros=sum(paid.cost_micros for paid in spent),
        journalled=all(paid.journalled for paid in spent),
        request_hash=call.hash,
    )
