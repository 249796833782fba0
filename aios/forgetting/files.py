"""The files under the home that hold what a person wrote or was written: found by their content, removed by it."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from aios.finance.files import FOLDER as FIGURES
from aios.forgetting.person import Person
from aios.ids import digest_bytes

ARCHIVE, REFUSED, OUTBOX = Path("inbox") / "archive", Path("inbox") / "quarantine", Path("outbox")
WRITTEN = (OUTBOX, OUTBOX / "transfers", OUTBOX / "transfers" / "kept", Path("transfers"), Path("transfers") / "kept")
FOLDERS = (ARCHIVE, REFUSED, *WRITTEN)
"""Where aios keeps files as they came or would have gone; their facts are in the log as well."""

Contents = tuple[str, ...]


def find(home: Path, person: Person, blobs: Collection[str], captured: Iterable[str]) -> tuple[Contents, Contents]:
    """The digests of the files that are to go, and the names of those that only speak of the person.

    A file with messages of several people goes as a whole: what the others wrote is in the log, message by message.
    """
    theirs: set[str] = set()
    others: list[str] = []
    for folder in (ARCHIVE, REFUSED):
        for path, data in _files(home / folder):
            content = digest_bytes(data)
            if content in blobs or person.sent_file(path.name, data):
                theirs.add(content)
            elif folder == REFUSED and person.words.named_in_bytes(data, "text/plain"):
                others.append(f"{folder}/{path.name}")
    written = {(home / folder).resolve() for folder in WRITTEN}
    for name in captured:
        path = (home / name).resolve()
        if path.parent in written and path.is_file():
            theirs.add(digest_bytes(path.read_bytes()))
    return tuple(sorted(theirs)), tuple(others)


def remove(home: Path, digests: Collection[str]) -> int:
    """Remove the files with that content, wherever aios keeps files; returns how many there were."""
    removed = 0
    for folder in FOLDERS if digests else ():
        for path, data in _files(home / folder):
            if digest_bytes(data) in digests:
                path.unlink(missing_ok=True)
                removed += 1
        if (home / folder).is_dir():
            _sync(home / folder)
    return removed


def remove_figures(home: Path) -> None:
    """Remove every table and report of figures, some of which name people; they are made again from the log."""
    for folder in sorted((home / FIGURES).iterdir()) if (home / FIGURES).is_dir() else ():
        for path in list(folder.iterdir()):
            path.unlink(missing_ok=True)
        _sync(folder)


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes()


def _sync(folder: Path) -> None:
    """Let what was removed stay removed after a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
