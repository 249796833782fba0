"""One tree of errors; each message is a sentence, and `remedy` says what a person can do about it."""


class AiosError(Exception):
    """Something aios can name went wrong. `remedy` is the next thing for a person to do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InvalidInput(AiosError):
    """What came in breaks its contract. It is quarantined or answered with 422, never half-processed."""


class Unsigned(AiosError):
    """A message's signature is missing, wrong or too old, so nobody knows who sent it. It is not taken in."""


class NotFound(AiosError):
    """There is nothing under the given id."""


class Conflict(AiosError):
    """The thing has moved on since the caller looked: used, expired, void, or another version."""


class Tampered(AiosError):
    """The event log no longer matches its own hash chain."""


class Misconfigured(AiosError):
    """A setting, a policy file or a credential is missing or wrong."""


class SoftFailure(AiosError):
    """Worth another try later: a time-out, a 429, a 451. `retry_after` is in seconds where the outside said so.

    `alone` says that it tells nothing of the connector's other operations, which have other places to go to.
    """

    def __init__(
        self, message: str, remedy: str = "", retry_after: float | None = None, *, alone: bool = False
    ) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after
        self.alone = alone


class HardFailure(AiosError):
    """Will not work however often it is tried: a 401, a 550, a bad address. Stops, and tells the owner."""


class CredentialRefused(HardFailure):
    """The outside does not accept our password, key or token: no call will work until it is renewed."""


class CredentialMissing(CredentialRefused):
    """We have no password, key or token to show, or are not to use the file it stands in: nothing was asked."""


class BusinessFailure(HardFailure):
    """The outside works and says no to this one thing: a declined card, a mailbox that does not exist."""


class OutcomeUnknown(AiosError):
    """The outside may or may not have done it (a lost acknowledgement). It is looked up, never repeated blindly."""


class Blocked(AiosError):
    """Not now: the step ends without output and its case waits. Not a failure."""


class ApprovalRequired(Blocked):
    """The owner decides first."""


class BudgetExceeded(Blocked):
    """A limit on money would be passed."""


class PolicyDenied(Blocked):
    """A rule forbids it."""


class RateLimited(Blocked):
    """Too many calls in the window; try later."""


class Awaited(Blocked):
    """Something happens outside first; whoever tells of it continues the case."""


class Paused(Blocked):
    """The owner has paused this case, process, connector or everything."""
