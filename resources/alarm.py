"""The alarm: wakes the sensors when there is news, and otherwise lets them sleep."""

import logging
import threading
import time
from collections.abc import Callable

from resources.watch import News

logger = logging.getLogger("dagster.daemon.alarm")

AT_REST = 60.0
"""Seconds between two rounds of the sensors while nothing happens at all."""

SPACING = 1.0
"""Seconds between two rounds at least; a sensor that ticked less than a second ago would not tick again."""

GLANCE_EVERY = 0.1

BLIND = 5.0
"""Seconds between two rounds while the watch itself fails; Dagster's own pace."""


class Alarm(threading.Event):
    """Takes the place of the event that Dagster's sensor loop waits on between two rounds.

    News wakes it at once. A round may come too early to see everything (a tick was still under way, or waits for room
    in the run queue), so the next ones follow after 1, 2, 4 … seconds, up to `at_rest` seconds.
    """

    def __init__(self, shutdown: threading.Event, glance: Callable[[], News], at_rest: float = AT_REST) -> None:
        super().__init__()
        self._at_rest = at_rest
        self._shutdown = shutdown
        self._glance = glance
        self._patience = SPACING
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
                self._patience = SPACING
                soon = SPACING if news == "urgent" else 2 * SPACING
                wake_at = min(wake_at, began + soon)
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
