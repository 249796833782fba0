"""What must be true of a day's growth of memory, read back from the disk; importing this loads Pandera."""

from pathlib import Path

import pandera.polars as pa
import polars as pl

from assets.frame_checks import problem_of

_COUNT = pa.Check.ge(0)

SCHEMA = pa.DataFrameSchema(
    {
        "day": pa.Column(pl.String, pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$")),
        "kind": pa.Column(pl.String, unique=True),
        "items": pa.Column(pl.Int64, _COUNT),
        "added": pa.Column(pl.Int64, _COUNT),
        "closed": pa.Column(pl.Int64, _COUNT),
        "size": pa.Column(pl.Int64, _COUNT),
    },
    strict=True,
    ordered=True,
)
"""The columns of a day's file, in order: a row for each kind of items."""


def schema_problem(path: Path) -> str:
    """What is wrong with the file; empty where nothing is."""
    return problem_of(SCHEMA, pl.read_parquet(path))
