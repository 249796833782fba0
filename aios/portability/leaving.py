"""Export: everything of a home that is not made again by itself, as one file, while others go on writing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

import aios.agents
from aios.clock import to_text
from aios.database.migrate import HEAD
from aios.database.schema import metadata
from aios.ids import canonical_json
from aios.kernel import Kernel
from aios.portability.layout import (
    BLOB_LIST,
    BUSINESS,
    DOCUMENTS,
    EVENTS,
    FORMAT,
    LEFT_OUT,
    LEFT_OUT_FILES,
    MANIFEST,
    NOT_SHOWN,
    PROMPTS,
    TABLES,
    TRAVELLING,
    Manifest,
    blob_name,
    is_known,
    rows_name,
)
from aios.portability.snapshot import Chain, Progress, blob_bytes, blob_rows, own_head, silent, table_rows
from aios.portability.writer import Writer


@dataclass(frozen=True)
class Exported:
    """What went into the file; `skipped` are documents whose names no other system would take, or links."""

    file: Path
    events: int
    blobs: int
    documents: int
    size: int
    skipped: tuple[str, ...]


def export(kernel: Kernel, file: Path, *, force: bool = False, progress: Progress = silent) -> Exported:
    """Write the home of the kernel into the file; `Conflict` where it is there already.

    The log is checked on the way: `Tampered` rather than a file that no home can be made from.
    """
    found, skipped = _documents(kernel.settings.home)
    with Writer(file, force=force) as out:
        with kernel.database.snapshot() as connection:
            chain = Chain(connection, own_head(connection), progress)
            counts = {EVENTS: out.lines(EVENTS, chain), BLOB_LIST: out.lines(BLOB_LIST, blob_rows(connection))}
            _blobs(out, connection, progress)
            for name in TRAVELLING:
                counts[rows_name(name)] = out.lines(rows_name(name), table_rows(connection, metadata.tables[name]))
            for table in (table for each in kernel.log.projections for table in each.tables):
                if table.name not in NOT_SHOWN:
                    name = f"{TABLES}{table.name}.jsonl"
                    counts[name] = out.lines(name, table_rows(connection, table))
        for name, path in (*found, *_prompts()):
            with path.open("rb") as document:
                out.copy(name, document, path.stat().st_size)
        manifest = Manifest(
            format=FORMAT,
            aios=version("aios"),
            schema_revision=HEAD,
            created=to_text(kernel.clock.now()),
            events=counts[EVENTS],
            head=chain.head,
            blobs=counts[BLOB_LIST],
            counts=counts,
            members=dict(sorted(out.members.items())),
            left_out=LEFT_OUT | LEFT_OUT_FILES,
        )
        out.blob(MANIFEST, canonical_json(manifest.model_dump(mode="json")).encode())
    return Exported(file, manifest.events, manifest.blobs, len(found), file.stat().st_size, tuple(skipped))


def _blobs(out: Writer, connection: Connection, progress: Progress) -> None:
    for done, row in enumerate(blob_rows(connection), 1):
        out.blob(blob_name(row["digest"]), blob_bytes(connection, row["digest"]))
        progress("blobs", done)


def _documents(home: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    """The owner's documents by their names in the file, and the names of those that stay behind."""
    found: list[tuple[str, Path]] = []
    skipped: list[str] = []
    for path in _files(home):
        name = path.relative_to(home).as_posix()
        inside = not any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(home / "business"))
        if inside and is_known(name):
            found.append((name, path))
        else:
            skipped.append(name)
    return found, skipped


def _files(home: Path) -> Iterable[Path]:
    business = sorted((home / BUSINESS).rglob("*")) if (home / BUSINESS).is_dir() else []
    return [path for path in (*(home / name for name in DOCUMENTS), *business) if path.is_file()]


def _prompts() -> Iterator[tuple[str, Path]]:
    """What the agents are told, for people to read; the new home uses those of its own version."""
    for file in sorted(Path(aios.agents.__path__[0]).glob("*/prompt.md")):
        yield f"{PROMPTS}{file.parent.name}.md", file


def plain(exported: Exported) -> dict[str, Any]:
    """The result as JSON says it."""
    return {**exported.__dict__, "file": str(exported.file)}
