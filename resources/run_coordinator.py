"""The run queue: Dagster's own, which also tells the daemon beside it that something was queued."""

import threading

from dagster import DagsterRun
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

queued = threading.Event()
"""Set when this process has put a run into the queue; the daemon that empties the queue waits for it."""


class PromptRunCoordinator(QueuedRunCoordinator):
    """Queues runs; those that a sensor asks for start at once rather than at the queue's next turn."""

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue the run."""
        run = super().submit_run(context)
        queued.set()
        return run
