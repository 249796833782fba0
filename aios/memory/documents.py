"""`Documents`: files about the business, kept as items in pieces; a changed file supersedes its older version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import put_many
from aios.errors import InvalidInput
from aios.events.catalog import MemoryAdded, MemoryClosed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.ids import digest_bytes, new_id
from aios.memory import lexical
from aios.memory.chunks import Chunk, chunk
from aios.memory.item import Item, all_items, read_items, with_neighbours
from aios.memory.readers import read_document
from aios.memory.tables import memory_items
from aios.text import clean

READER_VERSION = 1
"""Raised when documents are read or cut in another way; each then becomes a new version of itself."""

MOST_PIECES = 2000

Status = Literal["added", "changed", "unchanged", "removed", "refused"]


@dataclass(frozen=True)
class DocumentResult:
    """What became of a document. `reason` and `remedy` say why one was refused; its last good version then stays."""

    name: str
    status: Status
    version: int = 0
    pieces: int = 0
    reason: str = ""
    remedy: str = ""

    @property
    def changed(self) -> bool:
        """Whether what is believed changed."""
        return self.status in ("added", "changed", "removed")


@dataclass(frozen=True)
class _Kept:
    digest: str
    reader: int
    version: int
    origin: str
    pieces: int


@dataclass(frozen=True)
class _Seen:
    """A file as it was when it was last read: its times and size, and what reading it came to."""

    stamp: tuple[int, ...]
    digest: str
    readings: int
    result: DocumentResult


class Documents:
    """The documents in memory. Each piece is an item; its place, version and headings go with it."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._seen: dict[Path, _Seen] = {}

    def ingest(self, name: str, data: bytes, origin: str = "upload") -> DocumentResult:
        """Read a document; the same bytes again change nothing."""
        name = clean(name, 400)
        with self.log.database.read() as connection:
            before = _kept(connection).get(source_of(name))
        if before is not None and _same(before, data):
            return DocumentResult(name, "unchanged", before.version, before.pieces)
        try:
            pieces = chunk(read_document(name, data), name)
            if len(pieces) > MOST_PIECES:
                raise InvalidInput(f"{name} has more than {MOST_PIECES} pieces.", "Split it into parts.")
        except InvalidInput as error:
            return DocumentResult(name, "refused", reason=error.message, remedy=error.remedy)
        return self._adopt(name, data, pieces, origin)

    def ingest_folder(self, folder: Path) -> list[DocumentResult]:
        """Read every file under the folder, and close the documents whose file is gone."""
        if not folder.is_dir():
            return []
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _hidden(path, folder)]
        names = {path.relative_to(folder).as_posix(): path for path in files}
        with self.log.database.read() as connection:
            kept = _kept(connection)
        held = [source for source, state in kept.items() if state.origin == "folder"]
        if not files and len(held) > 1:  # what was mounted there is more likely gone than deleted
            reason = f"{folder.name} is empty, and {len(held)} documents were in it; they are believed still."
            return [DocumentResult(folder.name, "refused", reason=reason, remedy="Bring them back, or leave one file.")]
        results = [self._look(name, path, kept) for name, path in names.items()]
        return [*results, *self._remove_all_but(names, kept)]

    def _look(self, name: str, path: Path, kept: Mapping[str, _Kept]) -> DocumentResult:
        """Read the file unless it is the one that was read before, by its times and size.

        A file may change twice within one tick of the file system's clock, so it is read twice before that counts.
        """
        about = path.stat()
        stamp = (about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)
        seen = self._seen.get(path)
        if seen is not None and seen.stamp == stamp and seen.readings > 1:
            before = kept.get(source_of(seen.result.name))
            if seen.result.status == "refused":
                return seen.result
            if before is not None and (before.digest, before.reader) == (seen.digest, READER_VERSION):
                return DocumentResult(seen.result.name, "unchanged", before.version, before.pieces)
        data = path.read_bytes()
        readings = seen.readings + 1 if seen is not None and seen.stamp == stamp else 1
        result = self.ingest(name, data, "folder")
        self._seen[path] = _Seen(stamp, digest_bytes(data), readings, result)
        return result

    def _adopt(self, name: str, data: bytes, pieces: list[Chunk], origin: str) -> DocumentResult:
        source = source_of(name)
        with self.log.database.write() as tx:
            before = _kept(tx).get(source)
            if before is not None and _same(before, data):
                return DocumentResult(name, "unchanged", before.version, before.pieces)
            version = _last_version(tx, source) + 1
            self._close(tx, source, f"superseded by version {version}")
            about: dict[str, Any] = {
                "document": name,
                "digest": digest_bytes(data),
                "reader": READER_VERSION,
                "origin": origin,
            }
            self._add(tx, source, pieces, about | {"version": version})
            lexical.write(tx, with_neighbours(_open(tx, source)))
        return DocumentResult(name, "added" if before is None else "changed", version, len(pieces))

    def _remove_all_but(self, names: Iterable[str], kept: Mapping[str, _Kept]) -> list[DocumentResult]:
        from_folder = {source for source, state in kept.items() if state.origin == "folder"}
        gone = sorted(from_folder - {source_of(name) for name in names})
        for source in gone:
            with self.log.database.write() as tx:
                self._close(tx, source, "its file was removed")
        return [DocumentResult(source.removeprefix("document:"), "removed") for source in gone]

    def _add(self, tx: Connection, source: str, pieces: Sequence[Chunk], attributes: dict[str, Any]) -> None:
        blobs = put_many(tx, [piece.text.encode() for piece in pieces], "text/markdown")
        added = [
            MemoryAdded(
                item_id=new_id("mem", self.log.clock.now()),
                kind="document",
                title=" › ".join(piece.headings),
                blob=blob,
                subject="business",
                source=source,
                ordinal=ordinal,
                attributes=attributes | {"headings": list(piece.headings)},
            )
            for ordinal, (piece, blob) in enumerate(zip(pieces, blobs, strict=True), 1)
        ]
        self.log.append_all(tx, [NewEvent(f"memory/{source}", one) for one in added])

    def _close(self, tx: Connection, source: str, reason: str) -> None:
        items = _open(tx, source)
        closed = [MemoryClosed(item_id=item.item_id, reason=reason) for item in items]
        self.log.append_all(tx, [NewEvent(f"memory/{source}", one) for one in closed])
        lexical.close(tx, [item.item_id for item in items])


def source_of(name: str) -> str:
    """The source under which a document's pieces are kept."""
    return f"document:{name}"


def _open(connection: Connection, source: str) -> list[Item]:
    query = all_items().where(memory_items.c.source == source, memory_items.c.closed_at == "")
    return read_items(connection, query)


def _kept(connection: Connection) -> dict[str, _Kept]:
    """What is believed of each document, by its source; its first piece speaks for it."""
    column = memory_items.c
    sizes = sa.select(column.source, sa.func.count().label("pieces")).where(column.closed_at == "")
    sizes = sizes.group_by(column.source).subquery()
    query = sa.select(column.source, column.attributes, sizes.c.pieces).join(sizes, sizes.c.source == column.source)
    query = query.where(column.kind == "document", column.closed_at == "", column.ordinal == 1)
    return {
        row.source: _Kept(
            **{name: row.attributes[name] for name in ("digest", "reader", "version", "origin")}, pieces=row.pieces
        )
        for row in connection.execute(query)
    }


def _last_version(connection: Connection, source: str) -> int:
    query = sa.select(memory_items.c.attributes).where(memory_items.c.source == source, memory_items.c.ordinal == 1)
    return max((int(attributes["version"]) for attributes in connection.scalars(query)), default=0)


def _same(before: _Kept, data: bytes) -> bool:
    return (before.digest, before.reader) == (digest_bytes(data), READER_VERSION)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "~")) for part in path.relative_to(folder).parts)
