"""`Exchange`: one call to a model, made and paid once: journal, claim, breaker, budget, retries."""

from sqlalchemy.engine import Connection

from aios.budgets.budgets import Budgets
from aios.clock import Clock
from aios.errors import AiosError
from aios.events.catalog import ModelFailed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.models.breaker import Breaker, BreakerOpen
from aios.models.claims import Claim, Claims, release
from aios.models.client import Client
from aios.models.errors import PriceUnknown
from aios.models.failures import CallFailed, public_error
from aios.models.journal import Asker, Paid, enter, look_up
from aios.models.pricing import Pricing, Usage
from aios.models.reply import Reply
from aios.models.request import Call, estimate_tokens
from aios.models.retry import Retry


class _Superseded(Exception):
    """The claim's time was up, and somebody else makes the call now."""


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
            found = self._take_or_find(call, waited_for)
            if isinstance(found, Paid):
                return found
            if isinstance(found, Claim):
                waited_for = found.token
                self.claims.wait(self.database, found)
                continue
            try:
                return self._pay(call, asker, (call.hash, found))
            except _Superseded:
                continue

    def recover(self, tx: Connection) -> int:
        """End the claims of dead workers; what they held is booked as spent, since they may have been billed."""
        return self.claims.recover(tx, self.budgets)

    def breaker_name(self, model: str) -> str:
        """Under which name the breaker for the model is kept."""
        return f"{self.client.address} {model}"

    def _take_or_find(self, call: Call, waited_for: str) -> Paid | Claim | str:
        """The journalled answer, the claim of another worker, or the token of a claim of one's own."""
        with self.database.read() as connection:
            if (paid := look_up(connection, call.hash)) is not None:
                return paid
        with self.database.write() as tx:
            if (paid := look_up(tx, call.hash)) is not None:
                return paid
            self.recover(tx)
            claim = self.claims.find(tx, call.hash)
            if claim is None or (claim.failure is not None and claim.token != waited_for):
                return self.claims.take(tx, call.hash)
        if claim.failure is not None:
            raise public_error(claim.failure.kind, call.model, claim.failure.reason, claim.failure.wait)
        return claim

    def _pay(self, call: Call, asker: Asker, claim: tuple[str, str]) -> Paid:
        most = self._most(call)
        try:
            return self.retry.run(lambda: self._attempt(call, asker, claim, most))
        except CallFailed as failure:
            raise self._give_up(call, asker, claim, failure) from failure
        except BreakerOpen as stop:
            self._end(claim)
            raise public_error(stop.state.kind, call.model, stop.state.reason, stop.wait) from None
        except BaseException:
            self._end(claim)
            raise

    def _attempt(self, call: Call, asker: Asker, claim: tuple[str, str], most: int) -> Paid:
        name, limits = self.breaker_name(call.model), self.budgets.limits()
        with self.database.write() as tx:
            self.breaker.admit(tx, name)
            reservation = self.budgets.reserve(
                tx,
                case_id=asker.case_id,
                process=asker.process,
                amount_micros=most,
                purpose=f"{asker.agent} ({asker.tier})",
                agent=asker.agent,
                model=call.model,
                limits=limits,
            )
            if not self.claims.renew(tx, claim, reservation):
                raise _Superseded
        try:
            reply = self.client.complete(call)
        except CallFailed as failure:
            self._book_failure(call, reservation, most, failure)
            raise
        return self._book(call, asker, claim, reservation, most, reply)

    def _book(
        self, call: Call, asker: Asker, claim: tuple[str, str], reservation: str, most: int, reply: Reply
    ) -> Paid:
        usage = reply.usage or Usage(call.tokens_in, estimate_tokens(reply.content))
        cost = self.pricing.cost(call.model, usage)
        if reply.usage is None and cost is not None:
            cost = max(cost, most)
        paid = Paid(reply, usage, cost or 0, journalled=False)
        with self.database.write() as tx:
            self.budgets.settle(tx, reservation, paid.cost_micros, "answered" if cost is not None else "price unknown")
            kept = enter(tx, self.log, call, asker, paid, reservation)
            self.breaker.succeeded(tx, self.breaker_name(call.model))
            self.claims.drop(tx, claim)
        return kept

    def _book_failure(self, call: Call, reservation: str, most: int, failure: CallFailed) -> None:
        with self.database.write() as tx:
            self.budgets.settle(tx, reservation, most if failure.maybe_billed else 0, failure.kind)
            self.breaker.heard(tx, self.breaker_name(call.model), failure, self.retry.longest)

    def _give_up(self, call: Call, asker: Asker, claim: tuple[str, str], failure: CallFailed) -> AiosError:
        failed = ModelFailed(
            request_hash=call.hash,
            agent=asker.agent,
            tier=asker.tier,
            model=call.model,
            kind=failure.kind,
            reason=failure.reason,
        )
        with self.database.write() as tx:
            self.claims.fail(tx, claim, failure.kind, failure.reason, failure.retry_after)
            self.log.append(tx, NewEvent(f"model/{call.hash}", failed, case_id=asker.case_id or None))
        return public_error(failure.kind, call.model, failure.reason, failure.retry_after)

    def _end(self, claim: tuple[str, str]) -> None:
        """Give the claim back after something that is no failure of the call: nothing is left held."""
        with self.database.write() as tx:
            held = self.claims.find(tx, claim[0])
            if held is not None and held.token == claim[1]:
                release(tx, self.budgets, held, "interrupted")
                self.claims.drop(tx, claim)

    def _most(self, call: Call) -> int:
        most = self.pricing.most(call, self.client.max_tokens(call))
        if most is None and self.budgets.limits().any:
            raise PriceUnknown(call.model)
        return most or 0
