"""`Prepared`: a statement that is compiled once per store, and then handed to SQLite's driver as it is."""

from abc import ABC, abstractmethod
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.sql.compiler import SQLCompiler

from aios.database.storable import refuse_unstorable

Process = Callable[[Any], Any]


class driver_cursor:  # noqa: N801  # used like a function; a generator would cost as much as the statement
    """The driver's own cursor, whose errors come out as SQLAlchemy has them; values stay out of their messages."""

    def __init__(self, connection: Connection, sql: str) -> None:
        self.sql = sql
        self.dialect = connection.dialect
        self.cursor: Any = connection.connection.cursor()

    def __enter__(self) -> Any:
        return self.cursor

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.cursor.close()
        if isinstance(error, Exception):
            driver = cast(Any, self.dialect).dbapi
            usual = DBAPIError.instance(self.sql, {}, error, driver.Error, hide_parameters=True, dialect=self.dialect)
            raise usual from error


class _Compiled(NamedTuple):
    """What the driver is told. `binds` are the parameters in their order: name, value if none is given, conversion.

    `row` is the named tuple of what it finds, `back` the conversion of each column.
    """

    sql: str
    binds: tuple[tuple[str, Any, Process | None], ...]
    row: Any
    back: tuple[Process | None, ...]


class Gathering(ABC):
    """What holds writes back stands in for a transaction, and takes prepared statements as they are."""

    @abstractmethod
    def gather(self, statement: "Prepared", rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """Hold the write back with its rows."""


class Prepared:
    """One of the few statements that every step of every case runs.

    SQLAlchemy's own way costs 40 to 60 µs of CPU each time, several times what SQLite needs for the work itself (`make
    bench ARGS="durable event_log"`). Where the store is not SQLite, its round trip costs more than that, and where
    writes are gathered there are few statements: there, SQLAlchemy runs it.
    """

    def __init__(self, statement: sa.Executable) -> None:
        self.statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def write(self, tx: Connection, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """Run it for one row, or for several that have the same columns."""
        if isinstance(tx, Gathering):
            tx.gather(self, rows)
            return
        if not _is_sqlite(tx):
            tx.execute(self.statement, rows)
            return
        several = [rows] if isinstance(rows, Mapping) else rows
        compiled = self._for(tx.dialect, several[0])
        values = [_values(compiled, row) for row in several]
        with driver_cursor(tx, compiled.sql) as cursor:
            cursor.executemany(compiled.sql, values)

    def first(self, connection: Connection, **given: Any) -> Any:
        """The first row that it finds, its columns by name and in their order; None if there is none."""
        if not _is_sqlite(connection):
            return connection.execute(self.statement, given).first()
        compiled = self._for(connection.dialect, given)
        values = _values(compiled, given)
        with driver_cursor(connection, compiled.sql) as cursor:
            found = cursor.execute(compiled.sql, values).fetchone()
        return _rows(compiled, [found])[0] if found is not None else None

    def all(self, connection: Connection, **given: Any) -> list[Any]:
        """Every row that it finds, each as `first` has it."""
        if not _is_sqlite(connection):
            return list(connection.execute(self.statement, given))
        compiled = self._for(connection.dialect, given)
        values = _values(compiled, given)
        with driver_cursor(connection, compiled.sql) as cursor:
            found = cursor.execute(compiled.sql, values).fetchall()
        return _rows(compiled, found)

    def _for(self, dialect: Dialect, given: Mapping[str, Any]) -> _Compiled:
        names = tuple(given)
        if names not in self._compiled:
            self._compiled[names] = _compile(self.statement, dialect, names)
        return self._compiled[names]


def _is_sqlite(connection: object) -> bool:
    """Whether it is a connection to SQLite, and not what gathers for one."""
    return isinstance(connection, Connection) and connection.dialect.name == "sqlite"


def _compile(statement: sa.Executable, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    compiled = cast(SQLCompiler, cast(Any, statement).compile(dialect=dialect, column_keys=list(names)))
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    if missing := [bind.key for bind in binds if bind.required and bind.key not in names]:
        raise InvalidRequestError(f"A value is required for {', '.join(missing)}")
    taken = tuple((bind.key, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect)) for bind in binds)
    columns = statement.selected_columns if isinstance(statement, sa.Select) else ()
    row = cast(Any, namedtuple)("Row", [column.key for column in columns])
    back = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return _Compiled(compiled.string, taken, row, tuple(back))


def _rows(compiled: _Compiled, found: Sequence[Sequence[Any]]) -> list[Any]:
    make, back = compiled.row._make, compiled.back
    if not any(back):
        return list(map(make, found))
    return [make([to(value) if to else value for value, to in zip(one, back, strict=True)]) for one in found]


def _values(compiled: _Compiled, row: Mapping[str, Any]) -> list[Any]:
    get = row.get
    values = [to(get(name, otherwise)) if to else get(name, otherwise) for name, otherwise, to in compiled.binds]
    refuse_unstorable(values)
    return values
