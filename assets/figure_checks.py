"""What must be true of a file of figures, read back from the disk; importing this loads Pandera."""

from pathlib import Path

import pandera.polars as pa
import polars as pl

from aios.billing.open_items import OpenItem
from aios.finance.aging import STEPS, AgingLine
from aios.finance.forecast import ForecastLine
from aios.finance.profit import ProfitLine
from aios.finance.revenue import CustomerRevenue
from aios.finance.vat import VatLine
from aios.processes.booking_review import Reviewed
from assets.frame_checks import problem_of

_COUNT = pa.Check.ge(0)
_CURRENCY = pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]{3}$"))
_NUMBER = pa.Check.str_matches(r"^\d{3,8}$")
_TEXT, _MINOR = pa.Column(pl.String), pa.Column(pl.Int64)

_DAY = pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$")
_SIDE = pa.Column(pl.String, pa.Check.isin(["receivable", "payable"]))
_WHOLE = pa.Column(pl.Int64, _COUNT)

SCHEMAS: dict[type, pa.DataFrameSchema] = {
    OpenItem: pa.DataFrameSchema(
        {
            "direction": _SIDE,
            "key": _TEXT,
            "name": _TEXT,
            "party": _TEXT,
            "contact_id": _TEXT,
            "since": pa.Column(pl.String, _DAY),
            "issued": _TEXT,
            "due": _TEXT,
            "currency": _CURRENCY,
            "payable": _MINOR,
            "paid": _MINOR,
            "open": pa.Column(pl.Int64, pa.Check.ne(0)),
            "disputed": pa.Column(pl.Boolean),
        },
        strict=True,
        ordered=True,
        unique=["direction", "key"],
    ),
    AgingLine: pa.DataFrameSchema(
        {
            "direction": _SIDE,
            "currency": _CURRENCY,
            "step": pa.Column(pl.String, pa.Check.isin(STEPS)),
            "invoices": _WHOLE,
            "open": _MINOR,
        },
        strict=True,
        ordered=True,
        unique=["direction", "currency", "step"],
    ),
    ForecastLine: pa.DataFrameSchema(
        {
            "week": pa.Column(pl.String, _DAY),
            "currency": _CURRENCY,
            "expected": _MINOR,
            "due": _MINOR,
            "invoices": _WHOLE,
            "by_habit": _WHOLE,
            "later": pa.Column(pl.Boolean),
        },
        strict=True,
        ordered=True,
        unique=["week", "currency"],
    ),
    VatLine: pa.DataFrameSchema(
        {
            "side": pa.Column(pl.String, pa.Check.isin(["output", "input"])),
            "kind": pa.Column(pl.String, pa.Check.isin(["sales", "purchases", "self-assessed"])),
            "category": pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]{1,2}(/[A-Z]{1,2})*$")),
            "rate": pa.Column(pl.String, pa.Check.str_matches(r"^\d+(\.\d+)?(/\d+(\.\d+)?)*$")),
            "account": pa.Column(pl.String, _NUMBER),
            "currency": _CURRENCY,
            "basis": _MINOR,
            "tax": _MINOR,
        },
        strict=True,
        ordered=True,
        unique=["side", "account", "currency"],
    ),
    CustomerRevenue: pa.DataFrameSchema(
        {
            "customer": _TEXT,
            "contact_id": _TEXT,
            "key": _TEXT,
            "currency": _CURRENCY,
            "invoices": _WHOLE,
            "net": _MINOR,
        },
        strict=True,
        ordered=True,
        unique=["key", "currency"],
    ),
    ProfitLine: pa.DataFrameSchema(
        {
            "kind": pa.Column(pl.String, pa.Check.isin(["income", "expense"])),
            "account": pa.Column(pl.String, _NUMBER),
            "name": _TEXT,
            "currency": _CURRENCY,
            "minor": _MINOR,
        },
        strict=True,
        ordered=True,
        unique=["account", "currency"],
    ),
    Reviewed: pa.DataFrameSchema(
        {
            "case_id": pa.Column(pl.String, unique=True),
            "number": _TEXT,
            "supplier": _TEXT,
            "document": _TEXT,
            "day": pa.Column(pl.String, _DAY),
            "currency": _CURRENCY,
            "account_before": pa.Column(pl.String, _NUMBER),
            "account_after": pa.Column(pl.String, _NUMBER),
            "before": _TEXT,
            "after": _TEXT,
            "changes": pa.Column(pl.Boolean),
            "outcome": pa.Column(pl.String, pa.Check.isin(["allow", "ask", "deny"])),
            "rule": _TEXT,
        },
        strict=True,
        ordered=True,
    ),
}
"""The columns of each table, in order. Sums are minor units."""


def schema_problem(path: Path, kind: type) -> str:
    """What is wrong with the file of such rows; empty where nothing is."""
    return problem_of(SCHEMAS[kind], pl.read_parquet(path))
