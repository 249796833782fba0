"""Whether the code on disk is still the code that was imported."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

PACKAGES = tuple(CHECKOUT / name for name in ("aios", "assets", "sensors", "resources"))
"""The folders whose files the definitions are made of."""

PARTS = (".py", ".md", ".yaml")
"""Code, prompts and defaults; all are read when a module is imported."""

Fingerprint = frozenset[tuple[str, int, int]]


def fingerprint(folders: Sequence[Path]) -> Fingerprint:
    """Each file of the folders with its time of change and size."""
    return frozenset(entry for folder in folders for entry in _files(str(folder)))


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name not in ("__pycache__", "static"):
                    yield from _files(entry.path)
            elif entry.name.endswith(PARTS):
                known = entry.stat()
                yield entry.path, known.st_mtime_ns, known.st_size
