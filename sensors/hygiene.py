"""The schedules of memory: each night the days that were not cleaned yet, every ten minutes the index by meaning."""

import dagster as dg

from aios.events.episodes import Episodes
from aios.kernel import Kernel
from aios.memory.vectors import Failure
from assets.hygiene import memory_hygiene_job, semantic_index_job
from sensors.days import run_for_days, unknown_days


@dg.schedule(
    job=memory_hygiene_job,
    cron_schedule="20 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def memory_hygiene_schedule(
    context: dg.ScheduleEvaluationContext, kernel: dg.ResourceParam[Kernel]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for every closed day that Dagster does not know of, from the first one to yesterday."""
    days = Episodes(kernel.log, kernel.settings.home).days()
    missing = unknown_days(context, "memory_hygiene", days)
    if not missing:
        return dg.SkipReason("Memory was cleaned for every closed day.")
    return run_for_days("hygiene", missing[0], days[-1])


@dg.schedule(
    job=semantic_index_job,
    cron_schedule="*/10 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def semantic_index_schedule(
    context: dg.ScheduleEvaluationContext, kernel: dg.ResourceParam[Kernel]
) -> dg.RunRequest | dg.SkipReason:
    """Asks for the vector index to be filled where it is behind, or of a former embedder, and its server answers."""
    try:
        behind = kernel.memory.vectors.is_behind()
    except Failure as error:
        return dg.SkipReason(str(error))
    if not behind:
        return dg.SkipReason("The vector index holds every item, or recall goes by words alone.")
    return dg.RunRequest(run_key=f"semantic-index-{context.scheduled_execution_time.isoformat()}")
