"""Every table there is, made in an empty database."""

import importlib
import pkgutil

import aios
from aios.database.engine import Database
from aios.database.schema import metadata


def create_tables(database: Database) -> None:
    """Import each module that declares tables (`aios.<package>.tables`, the blobs), then create them."""
    importlib.import_module("aios.database.blobs")
    for package in pkgutil.iter_modules(aios.__path__, "aios."):
        if package.ispkg and any(module.name == "tables" for module in _modules(package.name)):
            importlib.import_module(f"{package.name}.tables")
    with database.write() as tx:
        metadata.create_all(tx)


def _modules(package: str) -> list[pkgutil.ModuleInfo]:
    return list(pkgutil.iter_modules(importlib.import_module(package).__path__))
