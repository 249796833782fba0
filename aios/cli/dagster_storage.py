"""Which storage Dagster uses on SQLite: ours, which keeps its connections, or Dagster's own where ours can't be used.

Both have the same files in the same place, so a home made with one goes on with the other.
"""

import importlib.util
import sqlite3
from contextlib import closing
from importlib import metadata
from pathlib import Path

from aios.errors import Misconfigured
from aios.settings import Settings

MODULE, CLASS = "resources.event_storage", "KeptSqliteStorage"
PROVEN_WITH = "1.13."
"""The Dagster whose own storage tests ours passes. It builds on internals of Dagster's, which may change."""

FILES = ("history/runs/index.db", "history/runs.db", "schedules/schedules.db")


def storage_section(settings: Settings) -> dict[str, object]:
    """What `dagster.yaml` says of the storage; nothing where Dagster's own is used."""
    if why_stock(settings):
        return {}
    folder = str(settings.home / "dagster")
    return {"storage": {"custom": {"module": MODULE, "class": CLASS, "config": {"base_dir": folder}}}}


def why_stock(settings: Settings) -> str:
    """Why Dagster's own storage is used, as a sentence for a person; empty where ours is, and on Postgres."""
    if settings.database_url.startswith("postgresql"):
        return ""
    version = metadata.version("dagster")
    if not version.startswith(PROVEN_WITH):
        return f"Dagster {version} keeps its own, slower storage: the faster one is proven with {PROVEN_WITH}x only."
    if importlib.util.find_spec(MODULE) is None:
        return f"Dagster keeps its own, slower storage: {MODULE} is not installed. Install aios again with `make`."
    return ""


def require_files(folder: Path) -> None:
    """Refuse files of Dagster's that no storage could use, before its parts fail on them one after the other."""
    for file in (folder / name for name in FILES):
        if file.exists() and (problem := _problem(file)):
            raise Misconfigured(
                f"Dagster's file {file} can't be used ({problem}).",
                "Make it writable, or move it away together with those beside it: Dagster then starts with an empty "
                "history, and nothing of the workspace is lost.",
            )


def _problem(file: Path) -> str:
    try:
        with closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        return "" if "locked" in str(error) else str(error)
    return ""
