"""What callers are told when a call has failed, with the remedy for each kind of failure."""

from aios.models.client import PASSING
from aios.models.errors import CredentialRefused, ModelRefused, ModelUnavailable

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


def public_error(kind: str, model: str, reason: str, wait: float | None) -> ModelUnavailable | ModelRefused:
    """The error for a kind of failure; `wait` is in seconds."""
    what, remedy = _WORDS[kind]
    message = f"The server for {model} {what} ({reason})."
    if kind in PASSING:
        return ModelUnavailable(message, remedy, retry_after=wait)
    return (CredentialRefused if kind == "credential" else ModelRefused)(message, remedy)
