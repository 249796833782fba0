"""Import: an empty home becomes the one that was exported, as a whole or not at all."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import blobs
from aios.effects.switches import IMPORT
from aios.errors import AiosError, Conflict
from aios.events.tables import events
from aios.faults import reach
from aios.kernel import Kernel
from aios.portability.archive import Archive
from aios.portability.layout import BLOB_LIST, DOCUMENTS, EVENTS, ROWS, is_document
from aios.portability.refilled import fill
from aios.portability.snapshot import Progress, silent
from aios.portability.unfinished import discard, staging

REMEDY = "Set AIOS_HOME to a new folder (and AIOS_DATABASE_URL to an empty database) and import there."


@dataclass(frozen=True)
class Imported:
    """What came in. `began` says what an earlier import that was broken off had left; `notice` what is still to do."""

    events: int
    blobs: int
    documents: int
    indexed: int
    began: str = ""
    notice: str = ""


def import_(kernel: Kernel, file: Path, *, progress: Progress = silent) -> Imported:
    """Make the empty home of the kernel the one that the file holds; `Conflict` where it is not empty.

    Everything in the database commits at once, and the documents lie ready before it does. Killed before, nothing is
    there, and the next import starts anew; killed after, the next one of the same file finishes.
    """
    home = kernel.settings.home
    with Archive(file) as archive:
        came_in, broken_off = _has_come_in(kernel, archive), staging(home).exists()
        if not (came_in and broken_off):
            _require_empty(kernel)
            if broken_off:
                discard(home)
            documents = _lay_ready(archive, home)
            _check_the_rest(archive)
            with kernel.database.write() as tx:
                _require_no_rows(tx)
                fill(tx, kernel.log, archive, progress)
        else:
            documents = sum(1 for path in staging(home).rglob("*") if path.is_file())
    _move_in(home)
    reach("moved in")
    indexed, notice = _index(kernel)
    discard(home)
    manifest = archive.manifest
    began = ("finished" if came_in else "anew") if broken_off else ""
    return Imported(manifest.events, manifest.blobs, documents, indexed, began, notice)


def _has_come_in(kernel: Kernel, archive: Archive) -> bool:
    """Whether the log holds what the file holds: it then committed, but its documents may not be in their place."""
    manifest = archive.manifest
    first_own = (events.c.position == manifest.events + 1) & (events.c.actor == IMPORT)
    with kernel.database.read() as connection:
        return connection.scalar(sa.select(events.c.previous_hash).where(first_own)) == manifest.head


def _require_empty(kernel: Kernel) -> None:
    with kernel.database.read() as connection:
        _require_no_rows(connection)
    home = kernel.settings.home
    business = home / "business"
    own = any((home / name).exists() for name in DOCUMENTS)
    if own or (business.is_dir() and any(business.iterdir())):
        raise Conflict(f"{home} has documents, policies or a chart of accounts of its own already.", REMEDY)


def _require_no_rows(connection: Connection) -> None:
    for table in (events, blobs):
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise Conflict("The database holds a company already; an import would mix the two.", REMEDY)


def _lay_ready(archive: Archive, home: Path) -> int:
    """Write the documents where they do no harm; `is_known` has refused every name that leads elsewhere."""
    names = [name for name in archive.manifest.members if is_document(name)]
    staging(home).mkdir(mode=0o700, parents=True)
    for name in names:
        path = staging(home) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            for chunk in archive.chunks(name):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    return len(names)


def _check_the_rest(archive: Archive) -> None:
    """What is only there to be read elsewhere is whole as well."""
    for name in archive.manifest.members:
        if name not in (EVENTS, BLOB_LIST) and not name.startswith(ROWS) and not is_document(name):
            archive.check(name)


def _move_in(home: Path) -> None:
    """Bring the documents to their place; those that are there already were brought by an import broken off."""
    for path in sorted(staging(home).rglob("*")):
        if path.is_file():
            place = home / path.relative_to(staging(home))
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)


def _index(kernel: Kernel) -> tuple[int, str]:
    """Make the indexes of memory; by words at least, where the embedder or its index does not answer now."""
    try:
        return kernel.memory.reindex(), ""
    except AiosError as error:
        return kernel.memory.check().lexical, f"Recall goes by words until `aios rebuild`: {error}"


def plain(imported: Imported) -> dict[str, Any]:
    """The result as JSON says it."""
    return dict(imported.__dict__)
