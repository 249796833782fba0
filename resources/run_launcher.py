"""The run launcher: Dagster's own, which also notices a run whose process is gone.

Without it, a run that was under way when the machine or `aios up` died would count as running forever, and three of
those would fill the run queue. With it, Dagster's run monitoring fails the run and run retries start it again.
"""

import psutil
from dagster import DagsterEventType, DagsterRun
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher

STARTED_WITHIN = 120.0
"""Seconds that may lie between a process's start and the run's event that names it."""


class LocalRunLauncher(DefaultRunLauncher):
    """Starts runs in the code server, on this machine, and looks after their processes."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes: the run's log names the process, and the process can be looked at."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Running, or failed where the newest process that took up the run has ended."""
        started = self._instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT)
        for entry in reversed(started):
            event = entry.get_dagster_event()
            named = event.engine_event_data.metadata.get("pid")
            if named is not None:
                return process_health(int(str(named.value)), entry.timestamp)
        return CheckRunHealthResult(WorkerStatus.RUNNING, "its process has not reported yet")


def process_health(pid: int, reported: float) -> CheckRunHealthResult:
    """Whether the process that reported itself at that time (Unix seconds) is still there, and is still the same."""
    try:
        process = psutil.Process(pid)
        started, ended = process.create_time(), process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        started, ended = 0.0, True
    if ended or not reported - STARTED_WITHIN < started < reported + 1:
        return CheckRunHealthResult(WorkerStatus.FAILED, f"the run's process {pid} is gone")
    return CheckRunHealthResult(WorkerStatus.RUNNING)
