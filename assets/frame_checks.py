"""What a Pandera schema finds wrong with a table, in one line; importing this loads Pandera."""

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaError, SchemaErrors


def problem_of(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> str:
    """The columns and checks that fail; empty where none does."""
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        failed = {f"{case['column'] or 'the file'}: {case['check']}" for case in errors.failure_cases.to_dicts()}
        return "; ".join(sorted(failed))
    except SchemaError as error:
        return str(error).splitlines()[0]
    return ""
