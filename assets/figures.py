"""What assets of figures share: how their tables are computed, kept as Parquet, checked, and told to Dagster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy.engine import Connection

from aios.finance.files import keep
from aios.ids import digest
from aios.kernel import Kernel
from aios.money import to_decimal

VERSION = "1"


@dataclass(frozen=True)
class Made:
    """A table of one day or month: its rows, where they and the books differ, its sums in minor units by currency.

    `preview` is Markdown to be read in Dagster.
    """

    rows: Sequence[Any]
    problems: Sequence[str] = ()
    sums: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    preview: str = ""


@dataclass(frozen=True)
class Table:
    """A table of figures: an asset. `kind` is the dataclass of its rows, `reconciled` what its check says."""

    name: str
    kind: type
    description: str
    reconciled: str
    make: Callable[[Kernel, Connection, date], Made]


def specs(tables: Sequence[Table], partitions: dg.PartitionsDefinition) -> list[dg.AssetSpec]:
    """The assets of the tables."""
    return [
        dg.AssetSpec(
            table.name,
            description=table.description,
            group_name="finance",
            code_version=VERSION,
            skippable=True,
            partitions_def=partitions,
            kinds={"polars", "parquet"},
            owners=["team:owner"],
        )
        for table in tables
    ]


def check_specs(tables: Sequence[Table]) -> list[dg.AssetCheckSpec]:
    """Of each table: that its file holds what it should, and that it agrees with the books."""
    schema = "Every column is there and holds what it should."
    return [
        dg.AssetCheckSpec(name, asset=table.name, description=said)
        for table in tables
        for name, said in (("schema", schema), ("reconciled", table.reconciled))
    ]


def kept(
    context: dg.AssetExecutionContext,
    kernel: Kernel,
    tables: Sequence[Table],
    closed: Callable[[date, date], bool],
) -> Iterator[dg.AssetCheckResult]:
    """Compute and keep the tables of the run's partitions; what does not agree is told at the end, by partition."""
    from assets.figure_checks import schema_problem  # Pandera takes seconds, which no other run should pay

    today = kernel.clock.now().date()
    wrong: dict[tuple[str, str], dict[str, dg.MetadataValue]] = {
        (table.name, check): {} for table in tables for check in ("schema", "reconciled")
    }
    for partition in context.partition_keys:
        day = date.fromisoformat(partition)
        for table in tables:
            with kernel.database.read() as connection:
                made = table.make(kernel, connection, day)
            over = closed(day, today)
            path = keep(kernel.settings.home, table.name, partition, table.kind, made.rows, closed=over)
            for check, said in (("schema", schema_problem(path, table.kind)), ("reconciled", " ".join(made.problems))):
                if said:
                    wrong[table.name, check][partition] = dg.MetadataValue.text(said)
            context.log_event(_materialization(table, partition, made, path, over=over))
    for (name, check), problems in wrong.items():
        yield dg.AssetCheckResult(asset_key=name, check_name=check, passed=not problems, metadata=problems)


def _materialization(table: Table, partition: str, made: Made, path: Path, *, over: bool) -> dg.AssetMaterialization:
    sums = {
        f"{name}_{currency}".lower(): float(to_decimal(minor, currency))
        for name, by_currency in made.sums.items()
        for currency, minor in by_currency.items()
    }
    return dg.AssetMaterialization(
        table.name,
        partition=partition,
        metadata={
            "dagster/row_count": len(made.rows),
            "over": over,
            "differences": len(made.problems),
            "file": dg.MetadataValue.path(str(path)),
            **({"preview": dg.MetadataValue.md(made.preview)} if made.preview else {}),
            **sums,
        },
        tags={
            "dagster/code_version": VERSION,
            "dagster/data_version": digest({"rows": [vars(row) for row in made.rows]}),
            "dagster/data_version_is_user_provided": "true",
        },
    )
