"""The run launcher: forks each run from a warm process, and starts it Dagster's stock way where there is none.

A stock run spends three seconds on starting Python and importing the definitions. A warm one has both behind it.
Without the looking after, a run that was under way when the machine or `aios up` died would count as running forever.
"""

import logging
from pathlib import Path

import psutil
from dagster import DagsterEventType, DagsterRun
from dagster._core.errors import DagsterLaunchFailedError
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._serdes import serialize_value

from resources.warm.address import Line, Unavailable, connect
from resources.warm.linux import SUPPORTED

logger = logging.getLogger("dagster.warm_run_launcher")

STARTED_WITHIN = 120.0
"""Seconds that may lie between a process's start and the run's event that names it."""

READY_WITHIN = 75.0
"""Seconds to wait for a warm process; making one of changed code takes a few."""


class WarmRunLauncher(DefaultRunLauncher):
    """Starts runs on this machine and looks after their processes."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Fork the run from a warm process; where none can be had, say so in the run's log and start it cold."""
        run = context.dagster_run
        try:
            with connect(self._home, READY_WITHIN) as line:
                line.ask(ask="ready")
                self._fork(line, run)
        except Unavailable as reason:
            message = f"Started the slow way: {reason}."
            logger.warning("Run %s: %s", run.run_id, message)
            self._instance.report_engine_event(message, run)
            super().launch_run(context)

    def _fork(self, line: Line, run: DagsterRun) -> None:
        """From here on the run may have started, so that starting it another way could start it twice."""
        try:
            line.ask(ask="launch", run_id=run.run_id, instance=serialize_value(self._instance.get_ref()))
        except Unavailable as reason:
            raise DagsterLaunchFailedError(f"The run's process may not have started: {reason}.") from None

    def terminate(self, run_id: str) -> bool:
        """Ask the run's process to end, as Ctrl-C does; the keeper insists where it doesn't."""
        run = self._instance.get_run_by_id(run_id) if self.has_instance else None
        if run is None or run.is_finished:
            return False
        if GRPC_INFO_TAG in run.tags:
            return super().terminate(run_id)
        self._instance.report_run_canceling(run)
        try:
            with connect(self._home, READY_WITHIN) as line:
                found = bool(line.ask(ask="interrupt", run_id=run_id)["found"])
        except Unavailable as reason:
            self._instance.report_engine_event(f"Could not be asked to end: {reason}.", run, cls=type(self))
            return False
        return found

    @property
    def _home(self) -> Path:
        if not SUPPORTED:
            raise Unavailable("warm processes need Linux")
        return Path(self._instance.root_directory)

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
