"""Migrations: a new database gets exactly the schema that the code expects, once, whoever comes first."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from aios.clock import ManualClock, to_text
from aios.database.engine import Database
from aios.database.migrate import HEAD, migrate, revision, scripts
from aios.database.schema import metadata
from aios.errors import Misconfigured
from aios.events.catalog import CasePaused
from aios.events.event import NewEvent
from aios.events.integrity import verify
from aios.events.log import EventLog
from aios.events.tables import events, log_head
from aios.events.tail import GENESIS, event_hash
from tests.tables import import_tables


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'aios.db'}"
    return request.getfixturevalue("empty_postgres_url")


@pytest.fixture
def empty(database_url: str):
    database = Database(database_url)
    yield database
    database.close()


def test_the_scripts_make_the_schema_that_the_code_expects(empty: Database) -> None:
    import_tables()
    migrate(empty)
    with empty.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_several_processes_may_start_on_an_empty_database(empty: Database, database_url: str) -> None:
    others = [Database(database_url) for _ in range(4)]
    threads = [threading.Thread(target=migrate, args=(database,)) for database in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with empty.read() as connection:
        assert revision(connection) == HEAD
    for database in others:
        database.close()


def test_a_log_of_the_first_schema_is_whole_and_goes_on_after_the_next(empty: Database) -> None:
    with empty.write() as tx:
        command.upgrade(scripts(tx), "0001")
        head = GENESIS
        for number in range(3):
            head = _record_as_then(tx, number, head)
    log = EventLog(empty, ManualClock())
    migrate(empty)
    log.record(NewEvent("case/x", CasePaused(reason="after"), "lead-0001"))
    assert log.record(NewEvent("case/x", CasePaused(), source="form", source_id="1")).duplicate
    with empty.read() as connection:
        assert [event.seq for event in log.read(connection)] == [1, 2, 3, 4]
    assert verify(log).ok


def _record_as_then(tx: Connection, number: int, previous: str) -> str:
    """An event as the first schema has it; returns its hash."""
    row = {"position": number + 1, "id": f"ev_{number}", "stream": "case/x", "seq": number + 1, "version": 1}
    row |= {"type": CasePaused.type, "at": to_text(ManualClock().now()), "actor": "system", "case_id": "lead-0001"}
    row |= {"source": "form", "source_id": str(number), "caused_by": None, "payload": {"reason": str(number)}}
    row |= {"previous_hash": previous}
    row["hash"] = event_hash(row)
    tx.execute(sa.insert(events), row)
    tx.execute(sa.delete(log_head))
    tx.execute(sa.insert(log_head), {"id": 1, "position": number + 1, "hash": row["hash"]})
    return row["hash"]


def test_a_database_of_a_newer_version_is_refused_with_a_remedy(empty: Database) -> None:
    migrate(empty)
    with empty.write() as tx:
        tx.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Misconfigured, match="another version"):
        migrate(empty)
