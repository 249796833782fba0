"""The schedules of memory: each night the days that were not cleaned yet, every ten minutes the index by meaning."""

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from aios.events.episodes import Episodes
from aios.kernel import Kernel
from aios.memory.vectors import Failure
from assets.hygiene import memory_hygiene_job, semantic_index_job


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
    known = context.instance.get_materialized_partitions(dg.AssetKey("memory_hygiene"))
    days = [day.isoformat() for day in Episodes(kernel.log, kernel.settings.home).days()]
    missing = [day for day in days if day not in known]
    if not missing:
        return dg.SkipReason("Memory was cleaned for every closed day.")
    return dg.RunRequest(
        run_key=f"hygiene-{missing[0]}-{days[-1]}",
        tags={ASSET_PARTITION_RANGE_START_TAG: missing[0], ASSET_PARTITION_RANGE_END_TAG: days[-1]},
    )


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
