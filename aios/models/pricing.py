"""`Pricing`: what a call costs, in micro-dollars, from the owner's own price table or the list that ships with us."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from urllib.parse import urlsplit

from aios.clock import Clock
from aios.models.request import Call

OFFICIAL = "https://api.openai.com/v1"
"""Where calls go without `OPENAI_BASE_URL`."""

HOLD_FACTOR = 2
"""What is held for the input is twice its estimate: ids, tables and many languages take more tokens per byte."""


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens, which is micro-dollars per token."""

    input: Decimal
    output: Decimal


@dataclass(frozen=True)
class Usage:
    """Tokens of one call; `cached` is the part of `tokens_in` that the server had seen before."""

    tokens_in: int
    tokens_out: int
    cached: int = 0


Rate = Callable[[Usage], int | None]
"""What usage costs in micro-dollars, rounded up; None where the price is not known."""


class Pricing:
    """Prices for the models behind one server. `own` are the owner's prices by model name, and come first.

    A server on this machine costs nothing. A model that nobody has a price for costs "unknown" (None), never 0.
    """

    def __init__(self, base_url: str | None, clock: Clock, own: Callable[[], Mapping[str, Price]] = dict) -> None:
        self.base_url = base_url or OFFICIAL
        self.clock = clock
        self.own = own

    def cost(self, model: str, usage: Usage) -> int | None:
        """What the usage costs, rounded up to a micro-dollar; None where the price is not known."""
        return self.rate(model)(usage)

    def rate(self, model: str) -> Rate:
        """What usage of the model costs by the prices of this moment, for a call that asks twice."""
        if (price := self.own().get(model)) is not None:
            return lambda usage: _ceiling(price.input * usage.tokens_in + price.output * usage.tokens_out)
        if is_local(self.base_url):
            return lambda _: 0
        return lambda usage: self._listed(model, usage)

    def _listed(self, model: str, usage: Usage) -> int | None:
        import genai_prices

        tokens = genai_prices.Usage(
            input_tokens=usage.tokens_in, output_tokens=usage.tokens_out, cache_read_tokens=usage.cached
        )
        try:
            found = genai_prices.calc_price(
                tokens, model, provider_api_url=self.base_url, genai_request_timestamp=self.clock.now()
            )
        except LookupError:
            return None
        return _ceiling(found.total_price * 1_000_000)


def most(rate: Rate, call: Call, max_tokens: int) -> int | None:
    """The most the call can reasonably cost, which is what is held for it."""
    return rate(Usage(call.tokens_in * HOLD_FACTOR, max_tokens))


def is_local(base_url: str) -> bool:
    """Whether the address is on this machine."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _ceiling(micros: Decimal) -> int:
    return int(micros.to_integral_value(ROUND_CEILING))
