"""`python -m resources.daemon WORKSPACE.YAML`: Dagster's daemon, whose sensors and run queue wake when there is news.

Everything it does is Dagster's; only the waiting between two rounds differs.
"""

import sys
import threading
from collections.abc import Sequence

from dagster import DagsterInstance
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.workspace.context import IWorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.controller import create_daemon_of_type, daemon_controller_from_instance
from dagster._daemon.daemon import DaemonIterator, DagsterDaemon, SensorDaemon, SpanMarker
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._daemon.utils import DaemonErrorCapture
from dagster._utils.interrupts import capture_interrupts, setup_interrupt_handlers

from aios.intake.mail_watch import MailWatch
from resources.alarm import AT_REST, Alarm
from resources.kernel import kernel_of_process
from resources.location_watch import look_seldom
from resources.run_coordinator import queued
from resources.watch import Watch

MAIL_EVERY = 20.0
"""Seconds between two rounds at rest where a mailbox is to be read: the server may not tell of new mail by itself."""


class WakefulSensorDaemon(SensorDaemon):
    """Goes round the sensors when the watch sees news."""

    def core_loop(
        self, workspace_process_context: IWorkspaceProcessContext, shutdown_event: threading.Event
    ) -> DaemonIterator:
        """Dagster's own loop, which sleeps on the alarm."""
        kernel = kernel_of_process()
        at_rest = MAIL_EVERY if kernel.mailbox.is_set else AT_REST
        alarm = Alarm(shutdown_event, Watch(kernel).glance, at_rest)
        mail = MailWatch(kernel.mailbox).start() if kernel.mailbox.is_set else None
        try:
            yield from super().core_loop(workspace_process_context, alarm)
        finally:
            if mail:
                mail.stop()


class WakefulQueueDaemon(QueuedRunCoordinatorDaemon):
    """Empties the run queue as soon as a run is put into it."""

    def core_loop(
        self, workspace_process_context: IWorkspaceProcessContext, shutdown_event: threading.Event
    ) -> DaemonIterator:
        """Dagster's own iteration, again after each `dequeue_interval_seconds` and whenever a run was queued here."""
        while not shutdown_event.is_set():
            queued.clear()
            yield SpanMarker.START_SPAN
            try:
                yield from self.run_iteration(workspace_process_context)
            except Exception:  # noqa: BLE001  # as Dagster's own loop: shown in its health, and tried again
                yield DaemonErrorCapture.process_exception(sys.exc_info(), self._logger, "The run queue failed")
            yield SpanMarker.END_SPAN
            queued.wait(self.interval_seconds)
            yield None


def wakeful_daemons(instance: DagsterInstance) -> Sequence[DagsterDaemon]:
    """The daemons that the instance needs, those two in place of Dagster's."""
    return [_daemon(kind, instance) for kind in instance.get_required_daemon_types()]


def _daemon(kind: str, instance: DagsterInstance) -> DagsterDaemon:
    if kind == SensorDaemon.daemon_type():
        return WakefulSensorDaemon(instance.get_sensor_settings())
    coordinator = instance.run_coordinator
    if kind == QueuedRunCoordinatorDaemon.daemon_type() and isinstance(coordinator, QueuedRunCoordinator):
        return WakefulQueueDaemon(coordinator.dequeue_interval_seconds)
    return create_daemon_of_type(kind, instance)


def main() -> None:
    """Run until told to end."""
    setup_interrupt_handlers()
    look_seldom()
    try:
        with (
            capture_interrupts(),
            DagsterInstance.get() as instance,
            daemon_controller_from_instance(
                instance, WorkspaceFileTarget([sys.argv[1]]), gen_daemons=wakeful_daemons
            ) as controller,
        ):
            controller.check_daemon_loop()
    except KeyboardInterrupt:
        return  # asked to end


if __name__ == "__main__":
    main()
