"""The alarm: wakes the sensors when there is news, and otherwise lets them sleep."""

import logging
import threading
import time
from collections.abc import Callable

from resources.watch import News

logger = logging.getLogger("dagster.daemon.alarm")

AT_REST = 60.0
"""Seconds between two rounds of the sensors while nothing happens at all."""

SPACING = 1.1
"""Seconds between two rounds at least: a sensor that ticked less than a second ago does not tick again."""

PATIENT = 2.0
"""Seconds until the first round after news; each further one is twice as far off."""

GLANCE_EVERY = 0.2

BLIND = 5.0
"""Seconds between two rounds while the watch itself fails; Dagster's own pace."""


class Alarm(threading.Event):
    """Takes the place of the event that Dagster's sensor loop waits on between two rounds.

    Urgent news wakes it at once. A round may come too early to see everything (a tick may be under way still, or have
    left something in the log until there is room in the run queue), so more follow, ever less often.
    """

    def __init__(self, shutdown: threading.Event, glance: Callable[[], News], at_rest: float = AT_REST) -> None:
        super().__init__()
        self._at_rest = at_rest
        self._shutdown = shutdown
        self._glance = glance
        self._patience = PATIENT
        self._failing = False

    def is_set(self) -> bool:
        """Whether the daemon is shutting down."""
        return self._shutdown.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until the next round; `timeout`, Dagster's own pace, does not matter here."""
        began = time.monotonic()
        wake_at = began + self._patience
        self._patience = min(2 * self._patience, self._at_rest)
        while (now := time.monotonic()) < wake_at:
            if self._shutdown.wait(min(GLANCE_EVERY, wake_at - now)):
                return True
            if news := self._look():
                self._patience = PATIENT
                wake_at = min(wake_at, began + (SPACING if news == "urgent" else PATIENT))
            elif self._failing:
                wake_at = min(wake_at, began + BLIND)
        return self._shutdown.is_set()

    def _look(self) -> News:
        """What the watch sees; where it fails, the sensors go at Dagster's own pace until it sees again."""
        try:
            news = self._glance()
        except Exception:
            if not self._failing:
                logger.exception("The watch fails; the sensors tick every %g seconds until it sees again.", BLIND)
            self._failing = True
            return ""
        self._failing = False
        return news
