"""Every table there is, made in an empty database."""

import importlib
import pkgutil

import aios
from aios.database.engine import Database
from aios.database.migrate import migrate
from aios.database.schema import metadata


def create_tables(database: Database) -> None:
    """Create them by the migrations, as a new workspace does."""
    import_tables()
    migrate(database)


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
