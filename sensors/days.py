"""What is asked for by the day: the closed days that lack something go together, as one range of partitions."""

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG


def run_for_days(
    key: str, first: date, last: date, job: str | None = None, tags: Mapping[str, str] | None = None
) -> dg.RunRequest:
    """The run from the first day that lacks something to the last closed one; the same days are asked for once.

    Months are asked for by their first days. `job` is needed where the asker has more than one.
    """
    start, end = first.isoformat(), last.isoformat()
    return dg.RunRequest(
        run_key=f"{key}-{start}-{end}",
        job_name=job,
        tags={ASSET_PARTITION_RANGE_START_TAG: start, ASSET_PARTITION_RANGE_END_TAG: end, **(tags or {})},
    )


def unknown_days(context: dg.ScheduleEvaluationContext, asset: str, days: Sequence[date]) -> list[date]:
    """Those of the days that Dagster does not know of the asset."""
    known = context.instance.get_materialized_partitions(dg.AssetKey(asset))
    return [day for day in days if day.isoformat() not in known]
