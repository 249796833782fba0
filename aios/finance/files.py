"""Where figures are kept as Parquet: `finance/NAME/PARTITION.parquet` in `AIOS_HOME`, made again from the log.

Those of a day or month that is not over yet end in `.open.parquet`, and go when it is.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, get_type_hints

from aios.events.episodes import write_frame, write_whole

if TYPE_CHECKING:
    import polars as pl

FOLDER = Path("finance")


def path_of(home: Path, name: str, partition: str, *, closed: bool = True) -> Path:
    """Where the figures of a day or month are."""
    return home / FOLDER / name / f"{partition}{'' if closed else '.open'}.parquet"


def keep(home: Path, name: str, partition: str, kind: type, rows: Sequence[Any], *, closed: bool) -> Path:
    """Write the figures whole or not at all, in the place of those that were there."""
    path = path_of(home, name, partition, closed=closed)
    write_frame(path, frame(kind, rows))
    if closed:
        path_of(home, name, partition, closed=False).unlink(missing_ok=True)
    return path


def keep_report(home: Path, name: str, markdown: str, pdf: bytes) -> tuple[Path, Path]:
    """Write a report in both forms; returns where they are."""
    found = home / FOLDER / "report" / f"{name}.md", home / FOLDER / "report" / f"{name}.pdf"
    for path, data in zip(found, (markdown.encode(), pdf), strict=True):
        write_whole(path, partial(_write, data))
    return found


def _write(data: bytes, file: BinaryIO) -> None:
    file.write(data)


def frame(kind: type, rows: Sequence[Any]) -> "pl.DataFrame":
    """The rows, values of the dataclass `kind`, as a table with its columns."""
    import polars as pl  # it takes a while, and starts threads

    types: dict[Any, Any] = {int: pl.Int64, bool: pl.Boolean}
    hints = get_type_hints(kind)
    schema: dict[str, Any] = {each.name: types.get(hints[each.name], pl.String) for each in fields(kind)}
    return pl.DataFrame([asdict(row) for row in rows], schema=schema, orient="row")
