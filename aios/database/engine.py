"""`Database`: the engine, a read transaction, and a write transaction that has the log to itself."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from aios.database import dialects
from aios.database.prepared import driver_cursor
from aios.database.storable import refuse_unstorable
from aios.errors import Misconfigured, SoftFailure
from aios.faults import reach

WRITE_LOCK = 0x41494F53
"""The Postgres advisory lock that makes write transactions follow one another (`AIOS` in ASCII)."""


class Database:
    """The workspace database. Without it, each caller would have to know how its store loses updates.

    A write transaction is the only writer while it lasts, on both stores: what it reads stays true until it commits,
    and positions in the log commit in order. Keep it short: no network call inside.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise Misconfigured("AIOS_DATABASE_URL names neither a SQLite nor a Postgres database.", "Correct it.")
        dialects.register()
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        event.listen(self.engine, "before_cursor_execute", _refuse_unstorable)
        self._writing = self.engine.execution_options(aios_write=True)

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that commits on a normal exit and leaves nothing behind otherwise."""
        with self._writing.connect() as connection, connection.begin():
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITE_LOCK)))
            yield connection
        reach("commit")

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A transaction for reading only."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Generator[Connection]:
        """A transaction for reading only that sees one moment, however long it lasts and whoever writes meanwhile."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def write_anew(self, tables: Sequence[str]) -> None:
        """Write what is kept anew, so that nothing that was deleted is left in free pages or the journal.

        On Postgres that is done for the tables named; its own write-ahead log goes with time. `SoftFailure` where
        somebody who reads keeps the journal from being emptied, or a table from being written.
        """
        write = _write_sqlite_anew if self.is_sqlite else _write_postgres_anew
        driver: Any = self.engine.dialect.dbapi
        with self.engine.connect() as connection:
            try:
                write(connection.connection.driver_connection, tables)
            except driver.OperationalError as error:
                reason = str(error).splitlines()[0]
                raise SoftFailure(f"The database can't be written anew ({reason}).", "Try again.") from None

    def close(self) -> None:
        """Close every connection; the database can be used again."""
        self.engine.dispose()


def _write_sqlite_anew(raw: Any, _tables: Sequence[str]) -> None:
    raw.execute("VACUUM")
    if raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise SoftFailure("Somebody reads the database, so its journal stays for now.", "Try again.")


def _write_postgres_anew(raw: Any, tables: Sequence[str]) -> None:
    raw.autocommit = True
    try:
        with raw.cursor() as cursor:
            cursor.execute("SET lock_timeout = '30s'")
            for table in tables:
                cursor.execute(f'VACUUM FULL "{table}"')
            cursor.execute("RESET lock_timeout")
    finally:
        raw.autocommit = False


def _postgres_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url.set(drivername=dialects.POSTGRES),
        execution_options={"compiled_cache": dialects.COMPILED},
        pool_pre_ping=True,
        pool_size=10,
        executemany_mode="values_plus_batch",
    )


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url.set(drivername=dialects.SQLITE),
        execution_options={"compiled_cache": dialects.COMPILED},
        connect_args={"timeout": 30, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options: Any = connection.get_execution_options()
    begin = "BEGIN IMMEDIATE" if options.get("aios_write") else "BEGIN"
    with driver_cursor(connection, begin) as cursor:
        cursor.execute(begin)


def _refuse_unstorable(
    _connection: Connection, _cursor: Any, _statement: str, parameters: Any, _context: Any, _many: bool
) -> None:
    refuse_unstorable(parameters)
