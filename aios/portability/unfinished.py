"""The folder in which an import lays the documents ready. While it is there, the import has not come to its end."""

import shutil
from pathlib import Path

from aios.errors import Conflict

FOLDER = "importing"


def staging(home: Path) -> Path:
    """Where the documents lie ready."""
    return home / FOLDER


def require_finished(home: Path) -> None:
    """`Conflict` where an import was broken off: half a home must not look like a whole one."""
    if staging(home).exists():
        raise Conflict(
            f"An import into {home} was broken off.", "Run `aios import FILE` with the same file again; it finishes."
        )


def discard(home: Path) -> None:
    """Take away what lies ready."""
    shutil.rmtree(staging(home), ignore_errors=False)
