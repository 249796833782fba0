"""Connections to one SQLite file that are kept: some per process, each for one thread at a time, none across a fork.

SQLite forbids taking an open database through a fork, and a process that has one open at that moment spoils the locks
of its child. So what is idle is closed right before a fork, and the child opens its own.
"""

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import QueuePool

KEPT = 4
"""Idle connections that a process keeps to a file; more are opened when more threads ask, and closed after use."""

DURABLE, RELAXED = "PRAGMA synchronous=FULL", "PRAGMA synchronous=NORMAL"
"""In WAL mode neither damages the file. Relaxed, a power cut may take back the last moments; a kill nothing."""

PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA journal_size_limit=16777216", DURABLE)


class _Held(threading.local):
    """The transaction that the running thread is in, if any."""

    connection: Connection | None = None


class _Process:
    """The connections of one process."""

    def __init__(self, url: str) -> None:
        self.held = _Held()
        self.engine: Engine = sa.create_engine(
            url,
            poolclass=QueuePool,
            pool_size=KEPT,
            max_overflow=-1,
            pool_use_lifo=True,
            # A write takes the lock at its first statement; were it taken later, another writer could come in between.
            connect_args={
                "timeout": SQLITE_BUSY_TIMEOUT_SECONDS,
                "check_same_thread": False,
                "isolation_level": "IMMEDIATE",
            },
        )
        event.listen(self.engine, "connect", _prepare)


class KeptConnections:
    """Opens the file when it is first needed and reuses what it opened. Safe with threads and forks."""

    def __init__(self, url: str) -> None:
        self.url = url
        # What a parent had open stays in here, untouched: to close it here would take the parent's file from under it.
        self._processes: dict[int, _Process] = {}
        weakref.finalize(self, _close, self._processes)
        _ALL.add(self)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection whose changes are committed at the end; inside `write()`, the one of that transaction."""
        process = self._mine()
        if process.held.connection is not None:
            yield process.held.connection
            return
        with process.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, synchronous: str = DURABLE) -> Iterator[Connection]:
        """One transaction in which nobody else writes, around everything that the running thread does inside."""
        process = self._mine()
        if process.held.connection is not None:
            yield process.held.connection
            return
        with process.engine.connect() as connection:
            _execute(connection.connection.dbapi_connection, synchronous)
            try:
                with connection.begin():
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    process.held.connection = connection
                    yield connection
            finally:
                process.held.connection = None
                _execute(connection.connection.dbapi_connection, DURABLE)

    def close(self) -> None:
        """Close what is idle; whoever comes later opens anew."""
        _close(self._processes)

    def _mine(self) -> _Process:
        pid = os.getpid()
        return self._processes.get(pid) or self._processes.setdefault(pid, _Process(self.url))


_ALL: "weakref.WeakSet[KeptConnections]" = weakref.WeakSet()


def _close(processes: dict[int, _Process]) -> None:
    if process := processes.get(os.getpid()):
        process.engine.dispose()


def _close_all() -> None:
    for kept in list(_ALL):
        kept.close()


os.register_at_fork(before=_close_all)


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    for pragma in PRAGMAS:
        _execute(connection, pragma)


def _execute(connection: DBAPIConnection | None, statement: str) -> None:
    if connection is not None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
