"""The daily schedule of the episodic log: shortly after midnight (UTC), the closed days that have no file get one.

Days on which nothing ran are asked for together, as one range. Dagster itself makes up for a tick that was missed while
the machine was off.
"""

import dagster as dg

from aios.events.episodes import Episodes
from aios.kernel import Kernel
from assets.memory import episodic_log_job
from sensors.days import run_for_days, unknown_days


@dg.schedule(
    job=episodic_log_job,
    cron_schedule="5 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def episodic_log_schedule(
    context: dg.ScheduleEvaluationContext, kernel: dg.ResourceParam[Kernel]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for every closed day that has no file or that Dagster does not know of, from the first one to yesterday."""
    episodes = Episodes(kernel.log, kernel.settings.home)
    days = episodes.days()
    unknown = set(unknown_days(context, "episodic_log", days))
    missing = [day for day in days if day in unknown or not episodes.path(day).exists()]
    if not missing:
        return dg.SkipReason("Every closed day has its file.")
    return run_for_days("episodic", missing[0], days[-1])
