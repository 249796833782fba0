"""`Writer`: a zip file that comes into being under another name, and is there as a whole or not at all."""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from aios.errors import Conflict, Misconfigured
from aios.ids import canonical_json
from aios.portability.layout import DENSE, Member

CHUNK = 2**20


class Writer:
    """Writes the members one after the other, and keeps the size and the digest of each of them.

    Without an error, leaving it gives the file its name; otherwise nothing is left. Only its owner may read the file.
    """

    def __init__(self, file: Path, *, force: bool = False) -> None:
        self.file = file
        self.force = force
        self.members: dict[str, Member] = {}

    def __enter__(self) -> Self:
        self._must_be_free()
        try:
            descriptor, name = tempfile.mkstemp(".part", f"{self.file.name}.", self.file.absolute().parent)
        except OSError as error:
            reason = error.strerror or "no reason given"
            raise Misconfigured(f"{self.file} can't be written ({reason}).", "Name a file elsewhere.") from None
        self._part = Path(name)
        self._out = os.fdopen(descriptor, "wb")
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            self._zip.close()
            if kind is None:
                self._out.flush()
                os.fsync(self._out.fileno())
                self._must_be_free()
                self._part.replace(self.file)
        finally:
            self._out.close()
            self._part.unlink(missing_ok=True)

    def lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """A member of one canonical JSON object per line; returns how many."""
        return self._write(name, (f"{canonical_json(row)}\n".encode() for row in rows))

    def copy(self, name: str, file: IO[bytes], size: int) -> None:
        """A member with what the file of about that size holds."""
        self._write(name, iter(lambda: file.read(CHUNK), b""), _entry(name, size))

    def blob(self, name: str, data: bytes) -> None:
        """A member that its name says the digest of."""
        self._zip.writestr(_entry(name, len(data)), data)

    def _write(self, name: str, chunks: Iterable[bytes], entry: zipfile.ZipInfo | None = None) -> int:
        seen, size, count = hashlib.sha256(), 0, 0
        with self._zip.open(entry or _entry(name), "w", force_zip64=True) as out:
            for chunk in chunks:
                out.write(chunk)
                seen.update(chunk)
                size, count = size + len(chunk), count + 1
        self.members[name] = Member(size=size, sha256=seen.hexdigest())
        return count

    def _must_be_free(self) -> None:
        if self.file.exists() and not self.force:
            raise Conflict(f"{self.file} is there already.", "Name another file, or say --force to replace it.")


def _entry(name: str, size: int = 0) -> zipfile.ZipInfo:
    """The same bytes give the same entry, whenever they are written; large ones stay as they are.

    A large picture of one colour would otherwise look like a trap to whoever unpacks it.
    """
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED if size > DENSE else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry
