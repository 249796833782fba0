"""`OpenAIEmbedder`: embeddings from a server, where each text costs money: bought once, within the budgets."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from aios.budgets.budgets import Budgets
from aios.credentials.credentials import Credentials
from aios.errors import Misconfigured
from aios.ids import digest, digest_bytes
from aios.memory.kept import KeptVectors
from aios.models.claims import Claim, Claims
from aios.models.client import Client
from aios.models.embedded import Embedded
from aios.models.errors import PriceUnknown
from aios.models.failures import CallFailed, public_error, tell
from aios.models.pricing import Price, Pricing, Usage
from aios.policies.personal import replace_personal
from aios.policies.schema import Redaction
from aios.settings import Settings
from aios.text import clean
from aios.traffic.breaker import Breaker, BreakerOpen

MODEL = "text-embedding-3-small"
AGENT, PROCESS = "embedder", "memory"
"""Under what its costs are booked; they belong to no case, since a text is paid once for all."""

MOST_CHARACTERS = 20_000
"""Of a longer text, the beginning; an embedding model refuses what is too long."""

MOST_TEXTS, MOST_TOGETHER = 128, 200_000
"""Texts, and their characters, in one call."""

SPECIAL_TOKENS = 4
"""What a tokenizer may add to a text. Of the text itself, it makes no more tokens than the text has bytes."""


@dataclass(frozen=True)
class Terms:
    """On what terms texts are embedded elsewhere: from which budgets, at which own prices, and what is hidden first."""

    budgets: Budgets
    prices: Callable[[], Mapping[str, Price]] = dict
    redaction: Callable[[], Redaction] = Redaction


@dataclass(frozen=True)
class _Purchase:
    """Texts by their digest, claimed for one call, and the money held for it."""

    texts: dict[str, str]
    claims: tuple[tuple[str, str], ...]
    reservation: str
    most: int


class OpenAIEmbedder:
    """Embeddings from OpenAI or a server that speaks like it. Without it, two processes would pay for the same text.

    What is bought is kept under the digest of what was sent; while another worker buys a text, it is waited for.
    """

    kind, directory = "openai", ""

    def __init__(self, settings: Settings, terms: Terms) -> None:
        if settings.openai_base_url is None and not Credentials(settings).has("OPENAI_API_KEY"):
            raise Misconfigured(
                "AIOS_EMBEDDINGS is openai, and there is no key.", "Set OPENAI_API_KEY, or AIOS_EMBEDDINGS=lexical."
            )
        self.name = f"openai/{MODEL}"
        self.terms = terms
        self.budgets = terms.budgets
        self.database = terms.budgets.log.database
        self.client = Client(settings)
        self.kept = KeptVectors(self.name)
        clock, lease = terms.budgets.log.clock, settings.aios_model_timeout + 30
        self.pricing = Pricing(settings.openai_base_url, clock, terms.prices)
        self.claims = Claims(clock, lease)
        self.breaker = Breaker(clock, lease)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text; raises `BudgetExceeded` before a limit would be passed."""
        redaction = self.terms.redaction()
        sent = [_sent(text, redaction) for text in texts]
        digests = [digest_bytes(text.encode()) for text in sent]
        vectors: dict[str, list[float]] = {}
        for batch in _batches(dict(zip(digests, sent, strict=True))):
            vectors |= self._obtain(batch)
        return [vectors[one] for one in digests]

    def disconnect(self) -> None:
        """Close the connections; the next use opens them again."""
        self.client.close()

    def _obtain(self, texts: dict[str, str]) -> dict[str, list[float]]:
        """The vectors that are kept, and those that are bought, here or by the worker who has claimed them."""
        waited_for: set[str] = set()
        while True:
            with self.database.read() as connection:
                found = self.kept.find(connection, list(texts))
            lacking = {one: text for one, text in texts.items() if one not in found}
            if not lacking:
                return found
            match self._claim(lacking, waited_for):
                case _Purchase() as purchase:
                    self._buy(purchase)
                case Claim() as other:
                    waited_for.add(other.token)
                    self.claims.wait(self.database, other)
                case None:
                    pass

    def _claim(self, lacking: dict[str, str], waited_for: set[str]) -> _Purchase | Claim | None:
        """Claim what is free, with the money for it; otherwise a claim to wait for, or None where all is there now."""
        with self.database.read() as connection:
            limits = self.budgets.limits(connection)
        most = {one: self._most(text, limited=limits.any) for one, text in lacking.items()}
        with self.database.write() as tx:
            self.claims.recover(tx, self.budgets)
            there = self.kept.find(tx, list(lacking))
            held = {one: self.claims.find(tx, _claimed(self.name, one)) for one in lacking if one not in there}
            free = [one for one, claim in held.items() if self._is_free(claim, waited_for)]
            if not free:
                return next((claim for claim in held.values() if claim is not None), None)
            self._admit(tx)
            amount = sum(most[one] for one in free)
            reservation = self.budgets.reserve(
                tx,
                case_id="",
                process=PROCESS,
                amount_micros=amount,
                purpose=f"{AGENT} ({len(free)} texts)",
                agent=AGENT,
                model=MODEL,
            )
            claims = tuple(self._take(tx, one, reservation, held[one]) for one in free)
        return _Purchase({one: lacking[one] for one in free}, claims, reservation, amount)

    def _take(self, tx: Connection, text: str, reservation: str, over: Claim | None) -> tuple[str, str]:
        name = _claimed(self.name, text)
        return name, self.claims.take(tx, name, reservation, over)

    def _is_free(self, claim: Claim | None, waited_for: set[str]) -> bool:
        """Whether nobody buys it now; raises how it ended where it was waited for in vain."""
        if claim is not None and claim.failure is not None and claim.token in waited_for:
            raise public_error(claim.failure.kind, MODEL, claim.failure.reason, claim.failure.wait)
        return claim is None or claim.failure is not None

    def _buy(self, purchase: _Purchase) -> None:
        try:
            answer = self.client.embed(MODEL, list(purchase.texts.values()))
        except CallFailed as failure:
            self._book_failure(purchase, failure)
            raise public_error(failure.kind, MODEL, failure.reason, failure.retry_after) from failure
        except BaseException:
            with self.database.write() as tx:
                self._end(tx, purchase, purchase.most, "interrupted")
            raise
        self._book(purchase, answer)

    def _book(self, purchase: _Purchase, answer: Embedded) -> None:
        cost = purchase.most if answer.tokens is None else self.pricing.cost(MODEL, Usage(answer.tokens, 0))
        with self.database.write() as tx:
            self.kept.keep(tx, dict(zip(purchase.texts, answer.vectors, strict=True)))
            self._end(tx, purchase, cost or 0, "answered" if cost is not None else "price unknown")
            self.breaker.succeeded(tx, self._server)

    def _book_failure(self, purchase: _Purchase, failure: CallFailed) -> None:
        with self.database.write() as tx:
            for claim in purchase.claims:
                self.claims.fail(tx, claim, failure.kind, failure.reason, failure.retry_after)
            self.budgets.settle(tx, purchase.reservation, purchase.most if failure.maybe_billed else 0, failure.kind)
            tell(self.breaker, tx, self._server, failure, longest=0)

    def _end(self, tx: Connection, purchase: _Purchase, cost: int, outcome: str) -> None:
        self.budgets.settle(tx, purchase.reservation, cost, outcome)
        for claim in purchase.claims:
            self.claims.drop(tx, claim)

    def _admit(self, tx: Connection) -> None:
        try:
            self.breaker.admit(tx, self._server)
        except BreakerOpen as stop:
            raise public_error(stop.state.kind, MODEL, stop.state.reason, stop.wait) from None

    def _most(self, text: str, *, limited: bool) -> int:
        most = self.pricing.cost(MODEL, Usage(len(text.encode()) + SPECIAL_TOKENS, 0))
        if most is None and limited:
            raise PriceUnknown(MODEL)
        return most or 0

    @property
    def _server(self) -> str:
        """Under which name the breaker is kept."""
        return f"{self.client.address} {MODEL}"


def _sent(text: str, redaction: Redaction) -> str:
    """What leaves the machine in place of the text; never nothing, which a server refuses."""
    return clean(replace_personal(text, redaction, lambda kind, _: f"[{kind}]"), MOST_CHARACTERS).strip() or "."


def _claimed(embedder: str, text: str) -> str:
    """The name of the claim on a text's digest, among those on other calls."""
    return digest({"embedder": embedder, "text": text})


def _batches(texts: dict[str, str]) -> Iterator[dict[str, str]]:
    batch: dict[str, str] = {}
    for one, text in texts.items():
        if len(batch) == MOST_TEXTS or len(text) + sum(map(len, batch.values())) > MOST_TOGETHER:
            yield batch
            batch = {}
        batch[one] = text
    if batch:
        yield batch
