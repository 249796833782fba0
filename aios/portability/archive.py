"""`Archive`: an export as it is read. Whatever is in the file, nothing of it is believed before it is checked."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

from pydantic import BaseModel, ValidationError

from aios.database.migrate import HEAD
from aios.errors import InvalidInput
from aios.portability.layout import (
    BLOB_LIST,
    BLOBS,
    DENSE,
    EVENTS,
    FORMAT,
    LARGEST_BLOB,
    LARGEST_LINE,
    LARGEST_MANIFEST,
    MANIFEST,
    BlobRow,
    Manifest,
    blob_name,
    is_known,
)

Read = TypeVar("Read")

CHUNK = 2**20
MOST_DENSE = 250
"""A member longer than `DENSE` bytes that unpacks to more than this many times its size is a trap and not a text."""

REGULAR = 0o100000 >> 12
"""What the upper bits of an entry's attributes say of a plain file, as opposed to a link or a folder."""

READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

AGAIN = "Export it again, or take another copy of the file."
NEWER = "Install that version of aios, or a newer one, and import it there."


class _Written(BaseModel):
    """What a manifest of any version says of the one who wrote it."""

    format: int
    schema_revision: str
    aios: str


class Archive:
    """A file that looks like an export: its members are known, its manifest is read, and its version is not too new.

    The content of a member is checked while it is read, to its last byte; who stops before has checked nothing.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> Self:
        try:
            self._zip = zipfile.ZipFile(self.file)
        except FileNotFoundError:
            raise InvalidInput(f"There is no file {self.file}.", "Name the file that `aios export` wrote.") from None
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InvalidInput(f"{self.file} is no export, or cut off: {error}.", AGAIN) from None
        try:
            self._entries = {entry.filename: entry for entry in self._zip.infolist()}
            self._check_entries()
            self.manifest = self._read_manifest()
            self._check_members()
        except BaseException:
            self._zip.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member; the last one comes only if the whole is as the manifest says."""
        seen, held = hashlib.sha256(), None
        with self._open(name) as file:
            while line := self._guarded(name, lambda: file.readline(LARGEST_LINE + 1)):
                if len(line) > LARGEST_LINE or not line.endswith(b"\n"):
                    raise self._wrong(name, "has a line that is cut off or too long")
                seen.update(line)
                if held is not None:
                    yield held
                held = line
        self._must_match(name, seen.hexdigest())
        if held is not None:
            yield held

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, in pieces; raises at the end where they are not as the manifest says."""
        seen = hashlib.sha256()
        with self._open(name) as file:
            while chunk := self._guarded(name, lambda: file.read(CHUNK)):
                seen.update(chunk)
                yield chunk
        self._must_match(name, seen.hexdigest())

    def check(self, name: str) -> None:
        """Read a member that is not needed, to know that it is whole."""
        for _ in self.chunks(name):
            pass

    def blob(self, row: BlobRow) -> bytes:
        """The bytes of a blob, which are those of its name and its line in the list."""
        name = blob_name(row.digest)
        with self._open(name) as file:
            data = self._guarded(name, lambda: file.read(LARGEST_BLOB + 1))
        if len(data) != row.size or hashlib.sha256(data).hexdigest() != row.digest:
            raise self._wrong(name, "is not what its digest says")
        return data

    def _open(self, name: str) -> IO[bytes]:
        if name not in self._entries:
            raise self._wrong(name, "is missing")
        return self._guarded(name, lambda: self._zip.open(self._entries[name]))

    def _must_match(self, name: str, sha256: str) -> None:
        if self.manifest.members[name].sha256 != sha256:
            raise self._wrong(name, "is not what the manifest says")

    def _check_entries(self) -> None:
        entries = self._zip.infolist()
        if len(self._entries) != len(entries):
            raise InvalidInput(f"{self.file} holds a member twice.", AGAIN)
        for entry in entries:
            kind = entry.external_attr >> 28
            plain = kind in (0, REGULAR) and not entry.flag_bits & 1 and entry.compress_type in READABLE
            if not (plain and is_known(entry.orig_filename)):
                raise self._wrong(entry.filename, "does not belong into an export")
            if entry.file_size > max(DENSE, MOST_DENSE * entry.compress_size):
                raise self._wrong(entry.filename, "unpacks to far more than a text would")
        if sum(entry.compress_size for entry in entries) > self.file.stat().st_size:
            raise InvalidInput(f"{self.file} holds members inside one another.", AGAIN)

    def _read_manifest(self) -> Manifest:
        with self._open(MANIFEST) as file:
            data = self._guarded(MANIFEST, lambda: file.read(LARGEST_MANIFEST + 1))
        try:
            said = _Written.model_validate_json(data)
            if said.format > FORMAT or said.schema_revision > HEAD:
                raise InvalidInput(f"{self.file} was written by aios {said.aios[:40]}, which is newer.", NEWER)
            return Manifest.model_validate_json(data)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise self._wrong(MANIFEST, f"is not one ({where or 'no JSON'})") from None

    def _check_members(self) -> None:
        """The manifest and the members name each other, with the same sizes."""
        named = self.manifest.members
        for name in (EVENTS, BLOB_LIST):
            if name not in named:
                raise self._wrong(name, "is missing")
        present = {name for name in self._entries if name != MANIFEST and not name.startswith(BLOBS)}
        if odd := sorted(present ^ named.keys()):
            raise self._wrong(odd[0], "is missing" if odd[0] in named else "is not in the manifest")
        for name, member in named.items():
            if self._entries[name].file_size != member.size:
                raise self._wrong(name, "is not as long as the manifest says")
        if len(self._entries) - len(present) - 1 != self.manifest.blobs:
            raise InvalidInput(f"{self.file} does not hold as many blobs as it says.", AGAIN)

    def _guarded(self, name: str, read: Callable[[], Read]) -> Read:
        try:
            return read()
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise self._wrong(name, "is damaged") from None

    def _wrong(self, name: str, what: str) -> InvalidInput:
        return InvalidInput(f"{self.file}: {name[:200]!r} {what}.", AGAIN)
