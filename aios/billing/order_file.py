"""Orders and contracts from a file: CSV with a header, or a list in YAML or JSON."""

import csv
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aios.banking.decoding import decoded
from aios.billing.sameness import number_key, supplier_key
from aios.errors import InvalidInput
from aios.events.catalog import OrderRecorded
from aios.money import to_minor

FIELDS = "number, supplier, amount; and if you like currency, kind (order or contract) and text"
MOST = 100_000


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    number: str = Field(min_length=1, max_length=100)
    supplier: str = Field(min_length=1, max_length=200)
    amount: Decimal = Field(ge=0, le=Decimal(10) ** 12)
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    kind: Literal["order", "contract"] = "order"
    text: str = Field(default="", max_length=500)


def read_orders(name: str, data: bytes) -> list[OrderRecorded]:
    """The orders in the file; `InvalidInput` names the first row that is wrong, or comes twice."""
    text = decoded(data)
    rows = _table(text) if name.lower().endswith(".csv") else _list(text)
    if not 0 < len(rows) <= MOST:
        raise InvalidInput(f"The file has {len(rows)} orders.", f"Name them by {FIELDS}.")
    found = [_order(at, row) for at, row in enumerate(rows, 1)]
    if len({each.number_key for each in found}) < len(found):
        raise InvalidInput("Two orders of the file have the same number.", "Leave one of them out.")
    return found


def _table(text: str) -> list[Mapping[str, Any]]:
    delimiter = ";" if text.partition("\n")[0].count(";") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    return [{key: value for key, value in row.items() if value} for row in rows]


def _list(text: str) -> list[Mapping[str, Any]]:
    try:
        said: Any = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidInput(f"The file is no list: {reason}.", f"Name orders by {FIELDS}.") from None
    rows = cast(list[Any], said) if isinstance(said, list) else []
    return [cast(Mapping[str, Any], each) if isinstance(each, dict) else {"": each} for each in rows]


def _order(at: int, row: Mapping[str, Any]) -> OrderRecorded:
    try:
        said = _Row.model_validate({str(key): str(value) for key, value in row.items()})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"Order {at} is wrong at {where}: {first['msg']}.", f"Name it by {FIELDS}.") from None
    return OrderRecorded(
        kind=said.kind,
        number=said.number,
        number_key=number_key(said.number),
        supplier=said.supplier,
        supplier_key=supplier_key(said.supplier),
        currency=said.currency,
        minor=to_minor(said.amount, said.currency),
        text=said.text,
    )
