"""When invoices of ours are chased: each morning for the days that were not looked at, and as soon as one is due.

What is paid or disputed meanwhile ends the reminder that waits for the owner.
"""

from datetime import timedelta

import dagster as dg

from aios.events.episodes import Episodes
from aios.ids import digest
from aios.kernel import Kernel
from assets.reminder import reminders_job
from sensors.days import run_for_days, unknown_days

ASK_AGAIN = timedelta(minutes=10)
"""After which a run is asked for once more that has not opened what is due: it may have failed."""


@dg.schedule(
    job=reminders_job,
    cron_schedule="40 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def reminders_schedule(
    context: dg.ScheduleEvaluationContext, kernel: dg.ResourceParam[Kernel]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for every closed day that Dagster does not know of, from the first one to yesterday."""
    days = Episodes(kernel.log, kernel.settings.home).days()
    missing = unknown_days(context, "reminders", days)
    if not missing:
        return dg.SkipReason("Every closed day was looked at.")
    return run_for_days("reminders", missing[0], days[-1])


@dg.sensor(job=reminders_job, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def overdue_sensor(
    context: dg.SensorEvaluationContext, kernel: dg.ResourceParam[Kernel]
) -> dg.RunRequest | dg.SkipReason:
    """Ends reminders of what is settled, and asks for yesterday where a reminder is due that no case is open for."""
    yesterday = kernel.clock.now().date() - timedelta(days=1)
    with kernel.database.write() as tx:
        stopped = kernel.billing.dunning.stop_settled(tx)
        due = kernel.billing.dunning.due(tx, yesterday)
    if not due:
        return dg.SkipReason(f"No reminder is due; {len(stopped)} were ended.")
    told = digest(sorted(f"{each.item.key}/{each.level}" for each in due))[:16]
    again = int(kernel.clock.now().timestamp() // ASK_AGAIN.total_seconds())
    return dg.RunRequest(run_key=f"overdue-{told}-{again}", partition_key=yesterday.isoformat())
