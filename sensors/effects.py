"""The effects sensor: what may go out now goes out, and what a crash left open is looked up.

Approved effects whose undo window is over, claims whose worker is gone, and cases that wait for another try each get a
run of the steps they stopped at.
"""

from datetime import timedelta

import dagster as dg

from aios.clock import from_text
from aios.effects import switches
from aios.kernel import Kernel
from assets.lead_intake import lead_intake_job
from sensors.events import steps_from

TRY_AGAIN = timedelta(seconds=60)
"""How long a case that hit a soft failure waits for its next try."""

SAME_RUN = timedelta(minutes=10)
"""A run that was asked for and did not help is asked for again after this time, or once a stop switch was released."""


@dg.sensor(job=lead_intake_job, minimum_interval_seconds=1, default_status=dg.DefaultSensorStatus.RUNNING)
def effects_sensor(context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]) -> dg.SensorResult:
    """Carries on cases whose effect is due, must be looked up, or can be tried again."""
    kernel.answers.expire_overdue()
    kernel.gateway.recover()
    now = kernel.clock.now()
    bucket = int(now.timestamp() // SAME_RUN.total_seconds())
    with kernel.database.read() as connection:
        due = {effect.case_id: (effect.step, effect.position) for effect in kernel.executor.due(connection)}
        waiting = kernel.cases.list(connection, status="waiting", waiting_on="retry")
        released = switches.last_released(connection)
    for case in waiting:
        if not case.paused and from_text(case.updated_at) + TRY_AGAIN <= now:
            due.setdefault(case.id, (case.step, int(from_text(case.updated_at).timestamp())))
    runs = [
        dg.RunRequest(
            run_key=f"due-{case_id}-{position}-{bucket}{released}",
            partition_key=case_id,
            asset_selection=steps_from(step),
        )
        for case_id, (step, position) in due.items()
    ]
    return dg.SensorResult(run_requests=runs, skip_reason=None if runs else "Nothing is due.")
