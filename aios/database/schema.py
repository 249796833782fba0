"""The metadata that every table joins, and the column types they share."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from aios.ids import canonical_json

metadata = sa.MetaData()


class JsonText(sa.TypeDecorator[Any]):
    """JSON kept as its canonical text, so that a rebuilt row is identical to the byte on both stores."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To canonical JSON."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Back to Python."""
        return None if value is None else json.loads(value)


def moment(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    """A column for a time as `aios.clock.to_text` writes it."""
    return sa.Column(name, sa.String(27), nullable=nullable, index=index)
