"""`Exchange`: one call to a model, made and paid once: journal, claim, breaker, budget, retries."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from aios.budgets.budgets import Budgets
from aios.clock import Clock
from aios.errors import AiosError
from aios.events.catalog import ModelFailed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.models.claims import Claim, Claims, release
from aios.models.client import Client
from aios.models.errors import PriceUnknown
from aios.models.failures import CallFailed, public_error, tell
from aios.models.journal import Asker, Paid, enter, look_up
from aios.models.pricing import Pricing, Rate, Usage, most
from aios.models.reply import Reply
from aios.models.request import Call, estimate_tokens
from aios.models.retry import Retry
from aios.traffic.breaker import Breaker, BreakerOpen


class _Superseded(Exception):
    """The claim's time was up, and somebody else makes the call now."""


@dataclass
class _Purchase:
    """A call that is claimed, and the money held for its next try, which is `most`; a later try holds its own."""

    call: Call
    asker: Asker
    rate: Rate
    most: int
    token: str = ""
    reservation: str = ""

    @property
    def claim(self) -> tuple[str, str]:
        """By what the claim is known."""
        return self.call.hash, self.token


class Exchange:
    """Makes calls. Without it, a killed run, a re-run or a second process would pay for the same answer again."""

    def __init__(
        self,
        log: EventLog,
        budgets: Budgets,
        clock: Clock,
        client: Client,
        pricing: Pricing,
        retry: Retry,
        lease: float,
    ) -> None:
        self.log = log
        self.database = log.database
        self.budgets = budgets
        self.client = client
        self.pricing = pricing
        self.retry = retry
        self.claims = Claims(clock, lease)
        self.breaker = Breaker(clock, lease)

    def answer(self, call: Call, asker: Asker) -> Paid:
        """The journalled answer, or a new one; while another worker makes the same call, its answer is waited for."""
        waited_for = ""
        while True:
            found = self._find_or_claim(call, asker, waited_for)
            if isinstance(found, Paid):
                return found
            if isinstance(found, Claim):
                waited_for = found.token
                self.claims.wait(self.database, found)
                continue
            try:
                return self._pay(found)
            except _Superseded:
                continue

    def recover(self, tx: Connection) -> int:
        """End the claims of dead workers; what they held is booked as spent, since they may have been billed."""
        return self.claims.recover(tx, self.budgets)

    def breaker_name(self, model: str) -> str:
        """Under which name the breaker for the model is kept."""
        return f"{self.client.address} {model}"

    def _find_or_claim(self, call: Call, asker: Asker, waited_for: str) -> Paid | Claim | _Purchase:
        """The journalled answer, the claim of another worker, or a claim of one's own with the money for a try."""
        with self.database.read() as connection:
            if (paid := look_up(connection, call.hash)) is not None:
                return paid
            abandoned = self.claims.abandoned(connection)
        if abandoned:
            with self.database.write() as tx:
                self.recover(tx)
        purchase = self._purchase(call, asker)
        with self._breaker_heeded(call.model), self.database.write() as tx:
            if (paid := look_up(tx, call.hash)) is not None:
                return paid
            claim = self.claims.find(tx, call.hash)
            if claim is None or (claim.failure is not None and claim.token != waited_for):
                purchase.reservation = self._reserve(tx, purchase)
                purchase.token = self.claims.take(tx, call.hash, purchase.reservation, claim)
                return purchase
        if claim.failure is not None:
            raise public_error(claim.failure.kind, call.model, claim.failure.reason, claim.failure.wait)
        return claim

    def _pay(self, purchase: _Purchase) -> Paid:
        try:
            with self._breaker_heeded(purchase.call.model):
                return self.retry.run(lambda: self._attempt(purchase))
        except CallFailed as failure:
            raise self._give_up(purchase, failure) from failure
        except BaseException:
            self._end(purchase.claim)
            raise

    @contextmanager
    def _breaker_heeded(self, model: str) -> Generator[None]:
        """Where the breaker lets no call pass, say so as the last failure would."""
        try:
            yield
        except BreakerOpen as stop:
            raise public_error(stop.state.kind, model, stop.state.reason, stop.wait) from None

    def _attempt(self, purchase: _Purchase) -> Paid:
        if not purchase.reservation:
            self._renew(purchase)
        try:
            reply = self.client.complete(purchase.call)
        except CallFailed as failure:
            self._book_failure(purchase, failure)
            purchase.reservation = ""
            raise
        return self._book(purchase, reply)

    def _reserve(self, tx: Connection, purchase: _Purchase) -> str:
        """Ask the breaker, and hold the money for one try; the reservation's id."""
        call, asker = purchase.call, purchase.asker
        self.breaker.admit(tx, self.breaker_name(call.model))
        return self.budgets.reserve(
            tx,
            case_id=asker.case_id,
            process=asker.process,
            amount_micros=purchase.most,
            purpose=f"{asker.agent} ({asker.tier})",
            agent=asker.agent,
            model=call.model,
        )

    def _renew(self, purchase: _Purchase) -> None:
        """Hold the money for another try, unless somebody else has taken the call over."""
        with self.database.write() as tx:
            reservation = self._reserve(tx, purchase)
            if not self.claims.renew(tx, purchase.claim, reservation):
                raise _Superseded
        purchase.reservation = reservation

    def _book(self, purchase: _Purchase, reply: Reply) -> Paid:
        call, reservation = purchase.call, purchase.reservation
        usage = reply.usage or Usage(call.tokens_in, estimate_tokens(reply.content))
        cost = purchase.rate(usage)
        if reply.usage is None and cost is not None:
            cost = max(cost, purchase.most)
        paid = Paid(reply, usage, cost or 0, journalled=False)
        outcome = "answered" if cost is not None else "price unknown"
        with self.database.write() as tx:
            settled = self.budgets.settlement(tx, reservation, paid.cost_micros, outcome)
            kept = enter(tx, self.log, call, purchase.asker, paid, reservation, settled)
            self.breaker.succeeded(tx, self.breaker_name(call.model))
            self.claims.drop(tx, purchase.claim)
        return kept

    def _book_failure(self, purchase: _Purchase, failure: CallFailed) -> None:
        cost = purchase.most if failure.maybe_billed else 0
        with self.database.write() as tx:
            self.budgets.settle(tx, purchase.reservation, cost, failure.kind)
            tell(self.breaker, tx, self.breaker_name(purchase.call.model), failure, self.retry.longest)

    def _give_up(self, purchase: _Purchase, failure: CallFailed) -> AiosError:
        call, asker = purchase.call, purchase.asker
        failed = ModelFailed(
            request_hash=call.hash,
            agent=asker.agent,
            tier=asker.tier,
            model=call.model,
            kind=failure.kind,
            reason=failure.reason,
        )
        with self.database.write() as tx:
            self.claims.fail(tx, purchase.claim, failure.kind, failure.reason, failure.retry_after)
            self.log.append(tx, NewEvent(f"model/{call.hash}", failed, case_id=asker.case_id or None))
        return public_error(failure.kind, call.model, failure.reason, failure.retry_after)

    def _end(self, claim: tuple[str, str]) -> None:
        """Give the claim back after something that is no failure of the call: nothing is left held."""
        with self.database.write() as tx:
            held = self.claims.find(tx, claim[0])
            if held is not None and held.token == claim[1]:
                release(tx, self.budgets, held, "interrupted")
                self.claims.drop(tx, claim)

    def _purchase(self, call: Call, asker: Asker) -> _Purchase:
        """The call at today's price; refused where a limit cannot be kept for want of one."""
        rate = self.pricing.rate(call.model)
        held = most(rate, call, self.client.max_tokens(call))
        if held is None:
            with self.database.read() as connection:
                if self.budgets.limits(connection).any:
                    raise PriceUnknown(call.model)
        return _Purchase(call, asker, rate, held or 0)
