"""Every table there is, made in an empty database."""

import importlib
import os
import pkgutil
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path

import aios
from aios.database.engine import Database
from aios.database.migrate import migrate
from aios.database.schema import metadata


def create_tables(database: Database) -> None:
    """Create them by the migrations, as a new workspace does; on SQLite, by a copy of what those made once.

    Migrating an empty database costs more than most tests do. Of several who start at once, one puts the copy there.
    """
    import_tables()
    if database.is_sqlite and not (file := Path(str(database.url.database))).exists():
        fresh = file.with_name(f"{file.name}-{uuid.uuid4().hex}")
        shutil.copy(sqlite_with_tables(), fresh)
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    migrate(database)


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
