"""Attempts to sign in: after a few wrong ones, the next must wait."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

from aios.clock import Clock

WINDOW = timedelta(minutes=15)
PER_CLIENT = 5
FROM_ALL = 50


class Attempts:
    """Wrong passwords of the last quarter of an hour, per client address and from all together."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._failed: deque[tuple[datetime, str]] = deque()
        self._lock = Lock()

    def wait(self, client: str) -> int:
        """Seconds until this client may try again; 0 for now."""
        with self._lock:
            self._forget()
            own = [at for at, who in self._failed if who == client]
            waits = [own[-PER_CLIENT]] if len(own) >= PER_CLIENT else []
            waits += [self._failed[-FROM_ALL][0]] if len(self._failed) >= FROM_ALL else []
            return max((int((at + WINDOW - self.clock.now()).total_seconds()) + 1 for at in waits), default=0)

    def failed(self, client: str) -> None:
        """A wrong password was given."""
        with self._lock:
            self._failed.append((self.clock.now(), client))

    def _forget(self) -> None:
        while self._failed and self._failed[0][0] + WINDOW <= self.clock.now():
            self._failed.popleft()
