"""Tells who watches a run of its new events, by looking for them a few times a second while somebody watches.

Dagster's own watcher of SQLite waits for the file to change, which it hardly does while writers keep it open; the one
it uses on Postgres looks less and less often, up to once in sixteen seconds.
"""

import logging
import threading
from dataclasses import dataclass

from dagster import DagsterRunStatus
from dagster._core.event_api import EventHandlerFn, EventLogCursor
from dagster._core.storage.event_log.base import EventLogStorage

EVERY = 0.25
"""Seconds between two looks."""

ENDED = {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}

logger = logging.getLogger("dagster.event_watch")


@dataclass
class _Watch:
    run_id: str
    cursor: str | None
    callback: EventHandlerFn


class EventWatcher:
    """One thread for all that is watched in this process; it ends when nothing is."""

    def __init__(self, storage: EventLogStorage) -> None:
        self._storage = storage
        self._watches: list[_Watch] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Call back for each event of the run after the cursor."""
        with self._lock:
            self._watches.append(_Watch(run_id, cursor, callback))
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="event-watch", daemon=True)
                self._thread.start()

    def end(self, run_id: str, callback: EventHandlerFn) -> None:
        """Call back no more."""
        with self._lock:
            self._watches = [at for at in self._watches if (at.run_id, at.callback) != (run_id, callback)]

    def close(self) -> None:
        """End the thread, unless it is the one that asks."""
        self._closed.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _look(self) -> None:
        while not self._closed.wait(EVERY):
            with self._lock:
                watches = list(self._watches)
                if not watches:
                    self._thread = None
                    return
            for watch in watches:
                try:
                    self._tell(watch)
                except Exception:
                    logger.exception("Looking for new events of run %s failed; it is tried again.", watch.run_id)

    def _tell(self, watch: _Watch) -> None:
        found = self._storage.get_records_for_run(watch.run_id, watch.cursor)
        for record in found.records:
            cursor = str(EventLogCursor.from_storage_id(record.storage_id))
            watch.cursor = cursor
            try:
                status = watch.callback(record.event_log_entry, cursor)
            except Exception:
                logger.exception("Whoever watches run %s failed at an event.", watch.run_id)
                continue
            if status in ENDED:
                self.end(watch.run_id, watch.callback)
