"""`among`: a column's value is one of a list, where the list is one parameter, so that the statement stays the same."""

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from aios.ids import canonical_json


class Listed(sa.TypeDecorator[list[Any]]):
    """A list of texts or whole numbers as one parameter: JSON on SQLite, an array on Postgres."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """As the driver takes it."""
        return canonical_json(list(value)) if dialect.name == "sqlite" else list(value)


class Among(FunctionElement[Any]):
    """The condition. `IN` with a list of its own would be put together, and planned, anew for each length.

    It is of no type, for SQLAlchemy would compare a truth value with 1 on SQLite, which then reads the whole table.
    """

    type = sa.types.NullType()
    inherit_cache = True


def among(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """That the column has one of the values which the parameter `name` lists."""
    return Among(column, sa.bindparam(name, type_=Listed()))


@compiles(Among, "sqlite")
def _on_sqlite(element: Among, compiler: SQLCompiler, **given: Any) -> str:
    column, values = (compiler.process(clause, **given) for clause in cast(Any, element.clauses))
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # of compiled parts; the values are a parameter


@compiles(Among)
def _on_postgres(element: Among, compiler: SQLCompiler, **given: Any) -> str:
    column, values = (compiler.process(clause, **given) for clause in cast(Any, element.clauses))
    return f"{column} = ANY({values})"
