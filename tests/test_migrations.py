"""Migrations: a new database gets exactly the schema that the code expects, once, whoever comes first."""

import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from aios.database.engine import Database
from aios.database.migrate import HEAD, migrate, revision
from aios.database.schema import metadata
from aios.errors import Misconfigured
from tests.tables import import_tables


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
    own = [each for each in differences if "memory_lexical" not in str(each)]
    assert own == []


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


def test_a_database_of_a_newer_version_is_refused_with_a_remedy(empty: Database) -> None:
    migrate(empty)
    with empty.write() as tx:
        tx.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Misconfigured, match="another version"):
        migrate(empty)
