"""Memory by meaning and kept clean.

semantic_index: the vectors of all that is believed, brought up to the items in portions.
memory_hygiene: for each closed day, what had ended closed, what was double merged, what happened summed up, and how
memory stood; a forgetting that was broken off is brought to its end.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from aios.events.episodes import write_frame
from aios.forgetting.finishing import finish
from aios.kernel import Kernel
from aios.memory.growth import Growth
from aios.memory.hygiene import FOLDER, Cleaned, Hygiene
from assets.memory import closed_days

CHECKS = {
    "schema": "Every column is there and holds what it should.",
    "agreement": "Items, word index and vector index hold the same, and items find themselves.",
    "forgotten": "Nothing is left of whoever was forgotten; what was broken off is finished.",
}


@dg.asset(
    group_name="memory",
    description="The vectors of all that is believed, by the embedder of the settings. Killed, it goes on from there.",
    kinds={"chroma"},
    owners=["team:owner"],
    code_version="1",
)
def semantic_index(context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]) -> dg.MaterializeResult[Any]:
    """Embeds what is missing, a portion at a time, and takes out what is believed no longer; then searches ask it."""
    begun = time.monotonic()
    changed = kernel.memory.index_by_meaning(context.log.info)
    state = kernel.memory.check()
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": state.items if state.embedder != "lexical" else 0,
            "embedder": state.embedder,
            "changed": changed,
            "missing": state.vectors_missing,
            "seconds": round(time.monotonic() - begun, 3),
        }
    )


@dg.multi_asset(
    name="memory_hygiene",
    specs=[
        dg.AssetSpec(
            "memory_hygiene",
            description="How memory stood at the end of a day, by kind; what had ended by then is closed.",
            deps=["semantic_index"],
            group_name="memory",
            code_version="1",
            skippable=True,
            partitions_def=closed_days,
            kinds={"polars", "parquet"},
            owners=["team:owner"],
        )
    ],
    check_specs=[dg.AssetCheckSpec(name, asset="memory_hygiene", description=said) for name, said in CHECKS.items()],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def memory_hygiene(
    context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]
) -> Iterator[dg.AssetCheckResult]:
    """Cleans the days in order, writes the file of each; compares the indexes and ends forgetting once, at the end."""
    from assets.hygiene_checks import schema_problem  # Pandera takes seconds, which no other run should pay

    hygiene = Hygiene(kernel.memory)
    problems: dict[str, dg.MetadataValue] = {}
    for day in context.partition_keys:
        cleaned = hygiene.clean(date.fromisoformat(day))
        path = kernel.settings.home / FOLDER / f"{day}.parquet"
        _write(path, cleaned.growth)
        if problem := schema_problem(path):
            problems[day] = dg.MetadataValue.text(problem)
        context.log_event(_materialization(cleaned, path))
    yield dg.AssetCheckResult(check_name="schema", passed=not problems, metadata=problems)
    found = hygiene.examine()
    agreement = {name: len(ids) for name, ids in asdict(found.agreement).items() if isinstance(ids, tuple)}
    notice = {"notice": found.agreement.notice} if found.agreement.notice else {}
    sizes = {"proposed": len(found.proposed), "unread": found.unread, "index_bytes": found.words.size}
    yield dg.AssetCheckResult(check_name="agreement", passed=found.ok, metadata=agreement | sizes | notice)
    left = finish(kernel)
    yield dg.AssetCheckResult(check_name="forgotten", passed=not left, metadata={"notice": left} if left else {})


semantic_index_job = dg.define_asset_job(
    "semantic_index_job",
    selection=dg.AssetSelection.assets("semantic_index"),
    description="Brings the vector index up to the items.",
    executor_def=dg.in_process_executor,
)

memory_hygiene_job = dg.define_asset_job(
    "memory_hygiene_job",
    selection=dg.AssetSelection.assets("memory_hygiene"),
    description="Closes what has ended, merges what is double, sums up closed cases, reports how memory has grown.",
    executor_def=dg.in_process_executor,
)


def _write(path: Path, rows: Sequence[Growth]) -> None:
    import polars as pl

    whole = {"items": pl.Int64, "added": pl.Int64, "closed": pl.Int64, "size": pl.Int64}
    write_frame(path, pl.DataFrame(list(map(asdict, rows)), schema={"day": pl.String, "kind": pl.String, **whole}))


def _materialization(cleaned: Cleaned, path: Path) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        "memory_hygiene",
        partition=cleaned.day,
        metadata={
            "dagster/row_count": len(cleaned.growth),
            "items": sum(kind.items for kind in cleaned.growth),
            "bytes": sum(kind.size for kind in cleaned.growth),
            "added": sum(kind.added for kind in cleaned.growth),
            "closed": sum(kind.closed for kind in cleaned.growth),
            "expired": len(cleaned.expired),
            "merged": len(cleaned.merged),
            "summed_up": len(cleaned.summed_up),
            "file": dg.MetadataValue.path(str(path)),
        },
        tags={"dagster/code_version": "1"},
    )
