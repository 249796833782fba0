"""The effects sensor: what may go out now goes out, and what a crash left open is looked up.

Approved effects whose undo window is over, claims whose worker is gone, and cases that wait for another try get runs of
the steps they stopped at.
"""

from datetime import timedelta

import dagster as dg

from aios.clock import from_text
from aios.effects import switches
from aios.kernel import Kernel
from assets.chains import jobs
from sensors.requests import Work, asked, run_requests

TRY_AGAIN = timedelta(seconds=60)
"""How long a case that hit a soft failure waits for its next try."""

SAME_RUN = timedelta(minutes=10)
"""A run that was asked for and did not help is asked for again after this time, or once a stop switch was released."""

PERIOD = "aios/period"
"""The tag of a run that says when it was asked for: in which `SAME_RUN`, and after which release of a switch."""


@dg.sensor(jobs=jobs(), minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def effects_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Carries on cases whose effect is due, must be looked up, or can be tried again."""
    kernel.answers.expire_overdue()
    kernel.gateway.recover()
    due, released = _due(kernel)
    if not due:
        return dg.SensorResult(skip_reason="Nothing is due.")
    period = {PERIOD: f"{int(kernel.clock.now().timestamp() // SAME_RUN.total_seconds())}{released}"}
    known = asked(context.instance, "due", period) | asked(context.instance, "due")
    runs = run_requests("due", [work for work in due if (work.case_id, work.position) not in known], period)
    return dg.SensorResult(run_requests=runs, skip_reason=None if runs else "What is due has its run.")


def _due(kernel: Kernel) -> tuple[list[Work], str]:
    """What can go on now, each case once; and when a stop switch was last released."""
    soon = kernel.clock.now() - TRY_AGAIN
    with kernel.database.read() as connection:
        due = {each.case_id: Work(each.case_id, each.position, each.step) for each in kernel.executor.due(connection)}
        waiting = kernel.cases.list(connection, status="waiting", waiting_on="retry")
        released = switches.last_released(connection)
    for case in waiting:
        if not case.paused and from_text(case.updated_at) <= soon:
            due.setdefault(case.id, Work(case.id, int(from_text(case.updated_at).timestamp()), case.step))
    return list(due.values()), released
