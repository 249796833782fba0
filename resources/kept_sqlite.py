"""Connections to one SQLite file that are kept: some per process, each for one thread at a time, none across a fork.

SQLite forbids taking an open database through a fork, and a process that has one open at that moment spoils the locks
of its child. So what is idle is closed right before a fork, and the child opens its own.
"""

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

KEPT = 4
"""Idle connections that a process keeps to a file; more are opened when more threads ask, and closed after use."""

PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA journal_size_limit=67108864")
"""In WAL mode, NORMAL never damages the file. A power cut may take back the last moments, a killed process nothing."""


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
        sa.event.listen(self.engine, "connect", _prepare)


class KeptConnections:
    """Opens the file when it is first needed and reuses what it opened. Safe with threads and forks."""

    def __init__(self, url: str) -> None:
        self.url = url
        # What a parent had open stays in here, untouched: to close it here would take the parent's file from under it.
        self._processes: dict[int, _Process] = {}
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
    def write(self) -> Iterator[Connection]:
        """One transaction in which nobody else writes, around everything that the running thread does inside."""
        held = self._mine().held
        with self.connect() as connection:
            if held.connection is not None:
                yield connection
                return
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            held.connection = connection
            try:
                yield connection
            finally:
                held.connection = None

    def close(self) -> None:
        """Close what is idle; whoever comes later opens anew."""
        if process := self._processes.get(os.getpid()):
            process.engine.dispose()

    def _mine(self) -> _Process:
        pid = os.getpid()
        return self._processes.get(pid) or self._processes.setdefault(pid, _Process(self.url))


_ALL: "weakref.WeakSet[KeptConnections]" = weakref.WeakSet()


def _close_all() -> None:
    for kept in list(_ALL):
        kept.close()


os.register_at_fork(before=_close_all)


def _prepare(connection: Any, _record: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(pragma).close()
