"""Every table there is, made in an empty database."""

import importlib
import os
import pkgutil
import shutil
import sqlite3
import tempfile
import uuid
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import cast

import aios
from aios.database.engine import Database
from aios.database.migrate import migrate
from aios.database.schema import metadata


def create_tables(database: Database) -> None:
    """Create them by the migrations, as a new workspace does; on SQLite, by a copy of what those made once.

    Migrating an empty database costs more than most tests do.
    """
    import_tables()
    if database.is_sqlite and database.url.database is None:
        _copy_into_memory(database)
    elif database.is_sqlite and not Path(str(database.url.database)).exists():
        _copy_to(Path(str(database.url.database)))
    migrate(database)


def _copy_into_memory(database: Database) -> None:
    with database.engine.connect() as connection, closing(sqlite3.connect(sqlite_with_tables())) as made:
        made.backup(cast(sqlite3.Connection, connection.connection.driver_connection))


def _copy_to(file: Path) -> None:
    """Of several who start at once, one puts the copy there."""
    fresh = file.with_name(f"{file.name}-{uuid.uuid4().hex}")
    shutil.copy(sqlite_with_tables(), fresh)
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


@cache
def sqlite_with_tables() -> Path:
    """A SQLite database with every table and no row, to be copied."""
    file = Path(tempfile.mkdtemp(prefix="aios-tables-")) / "tables.db"
    database = Database(f"sqlite:///{file}")
    import_tables()
    migrate(database)
    database.close()
    return file


@cache
def import_tables() -> None:
    """Import each module that declares tables (`aios.<package>.tables`, the blobs)."""
    importlib.import_module("aios.database.blobs")
    for package in pkgutil.iter_modules(aios.__path__, "aios."):
        if package.ispkg and any(module.name == "tables" for module in _modules(package.name)):
            importlib.import_module(f"{package.name}.tables")


def every_table() -> set[str]:
    """The names of the tables that `create_tables` makes."""
    return {*metadata.tables, "alembic_version"}


def _modules(package: str) -> list[pkgutil.ModuleInfo]:
    return list(pkgutil.iter_modules(importlib.import_module(package).__path__))
