"""The tiers of memory that are made in batches.

episodic_log: the closed days of the event log, a Parquet file each.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from aios.errors import AiosError, NotFound
from aios.events.episodes import Episode, Episodes
from aios.events.seals import FIRST_DAY
from aios.kernel import Kernel

closed_days = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC")
"""Each day that is over, by UTC."""

CHECKS = {
    "schema": "Every column is there and holds what it should.",
    "contiguous": "The events follow each other without a gap.",
    "linked": "Each event is what its hash says and names that of the one before, across days too.",
    "sealed": "The events are those that the day's seal is over.",
}


@dg.multi_asset(
    name="episodic_log",
    specs=[
        dg.AssetSpec(
            "episodic_log",
            description="The events of a closed day as a Parquet file in AIOS_HOME/memory/episodic, under a seal.",
            group_name="memory",
            code_version="1",
            skippable=True,
            partitions_def=closed_days,
            kinds={"polars", "parquet"},
            owners=["team:owner"],
        )
    ],
    check_specs=[dg.AssetCheckSpec(name, asset="episodic_log", description=said) for name, said in CHECKS.items()],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def episodic_log(context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]) -> Iterator[dg.AssetCheckResult]:
    """Seals the days in order and writes their files; a day that cannot be written holds up none of the others."""
    from assets.episode_checks import failures  # Pandera takes seconds, which no other run should pay

    episodes = Episodes(kernel.log, kernel.settings.home)
    failed: dict[str, str] = {}
    wrong: dict[str, dict[str, dg.MetadataValue]] = {name: {} for name in CHECKS}
    for day in context.partition_keys:
        try:
            episode = episodes.write(date.fromisoformat(day))
        except NotFound as error:
            context.log.info(str(error))
            continue
        except AiosError as error:
            failed[day] = str(error)
            continue
        for name, problem in failures(episodes, episode).items():
            wrong[name][day] = dg.MetadataValue.text(problem)
        context.log_event(_materialization(episode))
    for name, problems in wrong.items():
        yield dg.AssetCheckResult(check_name=name, passed=not problems, metadata=problems)
    if failed:
        raise dg.Failure(f"{len(failed)} day(s) failed: {'; '.join(failed.values())}", allow_retries=False)


episodic_log_job = dg.define_asset_job(
    "episodic_log_job",
    selection=dg.AssetSelection.assets("episodic_log"),
    description="Seals closed days of the event log and writes them as Parquet.",
    executor_def=dg.in_process_executor,
)


def _materialization(episode: Episode) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        "episodic_log",
        partition=episode.day,
        metadata={
            "dagster/row_count": episode.rows,
            "root": episode.root,
            "bytes": episode.size,
            "file": dg.MetadataValue.path(str(episode.path)),
        },
        tags={
            "dagster/code_version": "1",
            "dagster/data_version": episode.root,
            "dagster/data_version_is_user_provided": "true",
        },
    )
