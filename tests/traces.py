"""Traces: where distinctive words of a person still stand, in the raw bytes of files and in every row of a database."""

import base64
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from aios.database.engine import Database


def in_files(folder: Path, words: Sequence[str]) -> list[str]:
    """Which words stand in which files below the folder: as they are, compressed, in base64, and in Parquet columns."""
    found: list[str] = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        for form, data in _forms(path):
            found += [f"{path.relative_to(folder)}: {word} ({form})" for word in words if _stands(word, data)]
        found += [
            f"{path.relative_to(folder)}: {word} (name)" for word in words if word.casefold() in path.name.lower()
        ]
    return found


def in_database(database: Database, words: Sequence[str]) -> list[str]:
    """Which words stand in which tables, as a dump of all rows would show them, compressed content unpacked."""
    found: list[str] = []
    with database.read() as connection:
        for table in sa.inspect(connection).get_table_names():
            for row in connection.execute(sa.text(f'select * from "{table}"')):
                data = b"\n".join(_unpacked(value) for value in row)
                found += [f"{table}: {word}" for word in words if _stands(word, data)]
    return found


def _stands(word: str, data: bytes) -> bool:
    lowered = data.lower()
    utf16 = word.lower().encode("utf-16-le")
    escaped = word.lower().encode("ascii", "backslashreplace")
    return any(form in lowered for form in (word.lower().encode(), utf16, escaped))


def _forms(path: Path) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    yield "as it is", data
    yield "unpacked", b"\n".join(_streams(data))
    yield "base64", b"\n".join(_decoded(data))
    if path.suffix == ".parquet":
        import polars as pl

        yield "parquet", str(pl.read_parquet(path).to_dicts()).encode()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield "zip", b"\n".join(archive.read(name) for name in archive.namelist())
    if data.startswith(b"SQLite format 3"):
        yield "rows", b"\n".join(_rows(path))


def _streams(data: bytes) -> Iterator[bytes]:
    """Whatever unpacks, wherever in a file it begins: pages that are free still hold what was in them."""
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        unpacker = zlib.decompressobj()
        try:
            yield unpacker.decompress(data[start.start() : start.start() + 200_000], 500_000)
        except zlib.error:
            continue


def _decoded(data: bytes) -> Iterator[bytes]:
    for match in re.finditer(rb"[A-Za-z0-9+/\r\n]{16,}={0,2}", data):
        text = match.group().replace(b"\n", b"").replace(b"\r", b"")
        yield base64.b64decode(text[: len(text) // 4 * 4])


def _rows(path: Path) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            try:
                rows: Iterable[Any] = connection.execute(f'select * from "{name}"')
                yield from (_unpacked(value) for row in rows for value in row)
            except sqlite3.OperationalError:
                continue  # a virtual table of a module that is not loaded here; its bytes were searched
    finally:
        connection.close()


def _unpacked(value: Any) -> bytes:
    if isinstance(value, memoryview | bytes):
        try:
            return zlib.decompress(bytes(value))
        except zlib.error:
            return bytes(value)
    return str(value).encode("utf-8", "replace")
