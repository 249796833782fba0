"""Dagster's storage on SQLite with connections that are kept, and with all new events in one file, written in batches.

Dagster's own opens a connection for each event and makes a database for each run. The files are the same ones in the
same place: what Dagster's own storage has written is read on, and the other way round everything but the log lines of
newer runs.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any

import dagster
import sqlalchemy as sa
from dagster import DagsterInstance, EventLogEntry
from dagster._config import StringSource
from dagster._core.event_api import EventHandlerFn
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log import SqlEventLogStorage, SqlEventLogStorageTable, SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._core.storage.sql import AlembicVersion
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from sqlalchemy.engine import Connection

from resources.event_watch import EventWatcher
from resources.kept_sqlite import RELAXED, KeptConnections

INSERT = SqlEventLogStorageTable.insert()


class KeptEventLogStorage(SqlEventLogStorage, ConfigurableClass):
    """Every run's events in the file that Dagster's own storage uses as its index.

    A run that has a file of its own, made by Dagster's own storage, keeps it. That one also lays out and upgrades the
    tables, so that both always agree on them.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self._stock = SqliteEventLogStorage(base_dir)
        self._kept = KeptConnections(self._stock.conn_string_for_shard(INDEX_SHARD_NAME))
        self._there: set[str] = set()
        self._watcher = EventWatcher(self)
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """How this was configured."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """The folder of the files."""
        return {"base_dir": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptEventLogStorage":
        """Made as `dagster.yaml` says."""
        return cls(inst_data=inst_data, **config_value)

    def register_instance(self, instance: DagsterInstance) -> None:
        """Tell both storages whose they are."""
        super().register_instance(instance)
        if not self._stock.has_instance:
            self._stock.register_instance(instance)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """Where the events of a run are read and changed."""
        return self._stock.run_connection(run_id) if self._has_file(run_id) else self._kept.connect()

    def index_connection(self) -> AbstractContextManager[Connection]:
        """Where everything else is read and changed."""
        return self._kept.connect()

    @contextmanager
    def index_transaction(self) -> Iterator[Connection]:
        """One write transaction, in which what was read stays true."""
        with self._kept.write() as connection:
            yield connection

    def _has_file(self, run_id: str | None) -> bool:
        """Whether Dagster's own storage began the run. Where that only looked for it, it left an empty file."""
        if not run_id or not os.path.exists(self._stock.path_for_shard(run_id)):
            return False
        with self._stock.run_connection(run_id) as connection:
            return connection.execute(sa.select(SqlEventLogStorageTable.c.id).limit(1)).first() is not None

    def store_event(self, event: EventLogEntry) -> None:
        """Write one event with all that follows from it."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Write the events with all that follows from them, in one transaction: all of them, or none."""
        in_files = {run_id for run_id in {event.run_id for event in events} if self._has_file(run_id)}
        for event in events:
            if event.run_id in in_files:
                self._stock.store_event(event)
        here = [event for event in events if event.run_id not in in_files]
        rows = [self._event_to_row(event) for event in here]
        with self._kept.write(RELAXED) as connection:
            stored = [connection.execute(INSERT, row).lastrowid for row in rows]
            self._store_what_follows(connection, list(zip(stored, here, strict=True)))

    def _store_what_follows(self, connection: Connection, stored: Sequence[tuple[int, EventLogEntry]]) -> None:
        """The tags and last states of assets, and the results of checks."""
        of_assets = [(event_id, event) for event_id, event in stored if event.dagster_event_type in ASSET_EVENTS]
        of_assets = [(event_id, event) for event_id, event in of_assets if event.get_dagster_event().asset_key]
        if of_assets:
            self._store_asset_event_tags(connection, [event for _, event in of_assets], [at for at, _ in of_assets])
        # An asset's row takes the last event of each type, so those before it need not be written there.
        latest = {(said.asset_key, said.event_type): (event_id, event)
                  for event_id, event in of_assets for said in [event.get_dagster_event()]}  # fmt: skip
        for event_id, event in sorted(latest.values(), key=lambda found: found[0]):
            self._store_asset_event(connection, event, event_id)
        for event_id, event in stored:
            if event.dagster_event_type in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(event, event_id)

    def has_table(self, table_name: str) -> bool:
        """Whether the table is there. What has been seen once is not looked for again."""
        if table_name not in self._there:
            with self._kept.connect() as connection:
                if not sa.inspect(connection).has_table(table_name):
                    return False
            self._there.add(table_name)
        return True

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        name = f"column {column_name}"
        if name not in self._there and super()._has_asset_key_col_on_connection(conn, column_name):
            self._there.add(name)
        return name in self._there

    def has_secondary_index(self, name: str) -> bool:
        """Whether a migration of data is done."""
        known = f"index {name}"
        if known not in self._there and super().has_secondary_index(name):
            self._there.add(known)
        return known in self._there

    @cached_property
    def supports_global_concurrency_limits(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Whether runs can be limited by pools."""
        return self.has_table("concurrency_limits")

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Call back for each event of a run."""
        self._watcher.watch(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: EventHandlerFn) -> None:
        """Call back no more."""
        self._watcher.end(run_id, handler)

    def wipe(self) -> None:
        """Remove everything, also the files of single runs."""
        self._stock.wipe()
        super().wipe()

    def upgrade(self) -> None:
        """Bring the tables to this version of Dagster."""
        self._stock.upgrade()

    def alembic_version(self) -> AlembicVersion:
        """The version of the tables."""
        return self._stock.alembic_version()

    def dispose(self) -> None:
        """Stop watching and close what is open."""
        self._watcher.close()
        self._stock.dispose()
        self._kept.close()


class _Keeps:
    """A storage of Dagster's whose connections are kept."""

    _conn_string: str

    @cached_property
    def _kept(self) -> KeptConnections:
        return KeptConnections(self._conn_string)

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection whose changes are committed at the end."""
        return self._kept.connect()

    def dispose(self) -> None:
        """Close what is open."""
        self._kept.close()


class KeptRunStorage(_Keeps, SqliteRunStorage):
    """Runs and their tags."""


class KeptScheduleStorage(_Keeps, SqliteScheduleStorage):
    """Sensors, schedules and their ticks."""


class KeptSqliteStorage(DagsterSqliteStorage):
    """The three of them, in the folders where Dagster's own storage has its files."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self.base_dir = base_dir
        self._inst_data = inst_data
        history, schedules = os.path.join(base_dir, "history", ""), os.path.join(base_dir, "schedules")
        runs = create_db_conn_string(history, "runs")
        if not _is_laid_out(base_dir):
            with _one_at_a_time(base_dir):
                KeptRunStorage.from_local(history).dispose()
                KeptScheduleStorage.from_local(schedules).dispose()
                KeptEventLogStorage(os.path.join(history, "runs", "")).dispose()
                _note_laid_out(base_dir)
        self._run_storage = KeptRunStorage(runs)
        self._event_log_storage = KeptEventLogStorage(os.path.join(history, "runs", ""))
        self._schedule_storage = KeptScheduleStorage(create_db_conn_string(schedules, "schedules"))
        DagsterStorage.__init__(self)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptSqliteStorage":
        """Made as `dagster.yaml` says."""
        return cls(inst_data=inst_data, **config_value)


LAID_OUT = "storage.laid-out"
"""Says for which version of Dagster the tables were laid out: to compare them takes longer than a tick of a sensor."""


def _is_laid_out(folder: str) -> bool:
    files = [os.path.join(folder, *names) for names in (("history", "runs.db"), ("schedules", "schedules.db"))]
    try:
        with open(os.path.join(folder, LAID_OUT), encoding="utf-8") as note:
            return note.read() == dagster.__version__ and all(os.path.exists(file) for file in files)
    except FileNotFoundError:
        return False


def _note_laid_out(folder: str) -> None:
    with open(os.path.join(folder, LAID_OUT), "w", encoding="utf-8") as note:
        note.write(dagster.__version__)


@contextmanager
def _one_at_a_time(folder: str) -> Iterator[None]:
    """The parts of Dagster start together, and two that lay out the tables of one file at once fail."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "storage.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
