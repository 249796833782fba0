"""`Retry`: which failures are tried again, how often, and how long after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aios.models.failures import CallFailed

R = TypeVar("R")


@dataclass(frozen=True)
class Retry:
    """Up to `attempts` tries; the wait doubles from `first` seconds on, up to 5 s, unless the server says Retry-After.

    More than `longest` seconds are not waited for: the call then ends, and its caller may come back later.
    """

    attempts: int = 3
    first: float = 0.5
    longest: float = 60.0

    def run(self, attempt: Callable[[], R]) -> R:
        """What the attempt returns; its last error where none succeeds."""
        import stamina
        from stamina.instrumentation import set_on_retry_hooks

        set_on_retry_hooks([])  # its default prints; each try is in the event log already
        caller = stamina.RetryingCaller(
            attempts=self.attempts, timeout=None, wait_initial=self.first, wait_jitter=self.first / 2
        )
        return caller(self.back_off, attempt)

    def back_off(self, error: Exception) -> bool | float:
        """Whether to try again after the error, or after how many seconds."""
        if not isinstance(error, CallFailed) or not error.passing:
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= self.longest else False
