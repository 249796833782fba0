"""`CallFailed`: how a single call ends without an answer, and what callers are told then, with the remedy."""

from typing import Literal

from sqlalchemy.engine import Connection

from aios.models.errors import CredentialRefused, ModelRefused, ModelUnavailable
from aios.traffic.breaker import Breaker

CREDENTIAL_WAIT = 60.0
"""Seconds for which a refused key is not tried again."""

FailureKind = Literal[
    "rate_limited", "server", "timeout", "disconnected", "unreachable", "malformed", "credential", "refused"
]

PASSING = ("rate_limited", "server", "timeout", "disconnected", "unreachable", "malformed")
"""Kinds of failure that another try may get past."""

MAYBE_BILLED = ("timeout", "disconnected", "malformed")
"""Kinds of failure after which the server may have done, and billed, the work."""

_WORDS = {
    "rate_limited": ("takes no more requests for now", "It is tried again later; raise the limit at the provider."),
    "server": ("has an error of its own", "It is tried again later; see the provider's status page."),
    "timeout": ("did not answer in time", "It is tried again later; raise AIOS_MODEL_TIMEOUT if it is always slow."),
    "disconnected": ("broke off", "It is tried again later; check the network."),
    "unreachable": ("cannot be reached", "Check OPENAI_BASE_URL and the network."),
    "malformed": ("does not answer as an OpenAI-compatible server", "Check OPENAI_BASE_URL."),
    "credential": ("refuses the key", "Set a valid OPENAI_API_KEY, and see that its account has credit."),
    "refused": ("refuses the request", "Check AIOS_MODEL_SMALL, _MID and _LARGE, and what is sent."),
}


class CallFailed(Exception):
    """The call has no answer. `retry_after` is in seconds, where the server said so."""

    def __init__(self, kind: FailureKind, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.kind: FailureKind = kind
        self.reason = reason
        self.retry_after = retry_after

    def __repr__(self) -> str:
        """Without the reason, which may quote what was sent: this is what ends up in program logs."""
        return f"CallFailed({self.kind!r})"

    @property
    def passing(self) -> bool:
        """Whether another try may get past it."""
        return self.kind in PASSING

    @property
    def maybe_billed(self) -> bool:
        """Whether it may have cost money all the same."""
        return self.kind in MAYBE_BILLED


def public_error(kind: str, model: str, reason: str, wait: float | None) -> ModelUnavailable | ModelRefused:
    """The error for a kind of failure; `wait` is in seconds."""
    what, remedy = _WORDS[kind]
    message = f"The server for {model} {what} ({reason})."
    if kind in PASSING:
        return ModelUnavailable(message, remedy, retry_after=wait)
    return (CredentialRefused if kind == "credential" else ModelRefused)(message, remedy)


def tell(breaker: Breaker, tx: Connection, name: str, failure: CallFailed, longest: float) -> None:
    """Tell the breaker how a call failed: a refusal is an answer too; a wait of over `longest` seconds opens it now."""
    too_long = failure.retry_after is not None and failure.retry_after > longest
    wait = CREDENTIAL_WAIT if failure.kind == "credential" else failure.retry_after if too_long else None
    if failure.kind == "refused":
        breaker.succeeded(tx, name)
    elif failure.retry_after is None or wait is not None:
        breaker.failed(tx, name, failure.kind, failure.reason, wait)
