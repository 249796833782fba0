"""The alarm: wakes the sensors when there is news, and otherwise lets them sleep."""

import logging
import threading
import time
from collections.abc import Callable

from resources.watch import News

logger = logging.getLogger("dagster.daemon.alarm")

AT_REST = 60.0
"""Seconds between two rounds of the sensors while nothing happens at all."""

EAGER, EAGER_FOR = 0.25, 1.5
"""Seconds between two rounds after urgent news, and for how long. A sensor that ticked less than a second ago does not
tick again yet, so that one round is not enough."""

PATIENT = 2.0
"""Seconds until the first round after that, or after any other news; each further one is twice as far off."""

GLANCE_EVERY = 0.1

BLIND = 5.0
"""Seconds between two rounds while the watch itself fails; Dagster's own pace."""


class Alarm(threading.Event):
    """Takes the place of the event that Dagster's sensor loop waits on between two rounds.

    Urgent news wakes it at once. A round may come too early to see everything (a sensor may not tick again yet, a tick
    is still under way, or waits for room in the run queue), so more follow, ever less often, up to `at_rest` seconds.
    """

    def __init__(self, shutdown: threading.Event, glance: Callable[[], News], at_rest: float = AT_REST) -> None:
        super().__init__()
        self._at_rest = at_rest
        self._shutdown = shutdown
        self._glance = glance
        self._eager_until = 0.0
        self._patience = PATIENT
        self._failing = False

    def is_set(self) -> bool:
        """Whether the daemon is shutting down."""
        return self._shutdown.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until the next round; `timeout`, Dagster's own pace, does not matter here."""
        began = time.monotonic()
        wake_at = began + self._pause(began)
        while (now := time.monotonic()) < wake_at:
            if self._shutdown.wait(min(GLANCE_EVERY, wake_at - now)):
                return True
            match self._look():
                case "urgent":
                    self._patience = PATIENT
                    self._eager_until = time.monotonic() + EAGER_FOR
                    break
                case "some":
                    self._patience = PATIENT
                    wake_at = min(wake_at, began + PATIENT)
                case _ if self._failing:
                    wake_at = min(wake_at, began + BLIND)
                case _:
                    pass
        return self._shutdown.is_set()

    def _pause(self, now: float) -> float:
        if now < self._eager_until:
            return EAGER
        pause, self._patience = self._patience, min(2 * self._patience, self._at_rest)
        return pause

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
