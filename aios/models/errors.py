"""How a model call can end badly, as callers see it."""

from aios.errors import AiosError, BudgetExceeded, HardFailure, SoftFailure


class ModelUnavailable(SoftFailure):
    """No model answers now: none is set up, the server is down, slow or rate limited, or its breaker is open."""


class ModelRefused(HardFailure):
    """The server will not take this request however often it is sent: unknown model, too long, not supported."""


class CredentialRefused(ModelRefused):
    """The key is wrong, not allowed, or its account has no credit."""


class PriceUnknown(BudgetExceeded):
    """What the call would cost is not known, and there is a limit on costs."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"What {model} costs is not known, and there is a limit on costs.",
            "Name its price under `prices` in policies.yaml, or take a model that has one.",
        )


class AnswerInvalid(AiosError):
    """The model answered twice, and neither answer fits its contract. `excerpt` is how the last one begins."""

    def __init__(self, message: str, remedy: str = "", *, excerpt: str = "", request_hash: str = "") -> None:
        super().__init__(message, remedy)
        self.excerpt = excerpt
        self.request_hash = request_hash
