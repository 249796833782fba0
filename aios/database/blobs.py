"""Content kept once, by its digest: raw mails, artifacts, model answers, what was shown to the owner."""

import json
import zlib
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.among import among
from aios.database.prepared import Prepared
from aios.database.schema import metadata
from aios.database.upsert import insert_missing
from aios.errors import NotFound
from aios.ids import canonical_json, digest_bytes

blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String(200), nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

AT_ONCE = 500
"""Digests in one query."""

_EACH = Prepared(sa.select(blobs.c.digest, blobs.c.data).where(among(blobs.c.digest, "digests")))
_DATA = Prepared(sa.select(blobs.c.data).where(blobs.c.digest == sa.bindparam("digest")))


def put_bytes(tx: Connection, data: bytes, media_type: str = "application/octet-stream") -> str:
    """Keep the bytes (compressed) and return their digest; keeping them again costs nothing."""
    return put_many(tx, [data], media_type)[0]


def put_many(tx: Connection, contents: Sequence[bytes], media_type: str) -> list[str]:
    """`put_bytes` for each, in one statement."""
    keys = [digest_bytes(data) for data in contents]
    rows = [
        {"digest": key, "size": len(data), "media_type": media_type, "data": zlib.compress(data, 3)}
        for key, data in dict(zip(keys, contents, strict=True)).items()
    ]
    if rows:
        insert_missing(tx, blobs, rows)
    return keys


def get_bytes(connection: Connection, key: str) -> bytes:
    """The bytes under the digest; `NotFound` where there are none."""
    kept = _DATA.first(connection, digest=key)
    if kept is None:
        raise NotFound(f"No content is kept under {key[:12]}.", "It may have been forgotten on request.")
    return zlib.decompress(kept.data)


def find_json(connection: Connection, key: str, otherwise: Any) -> Any:
    """The JSON value under the digest, or another where it was forgotten on request."""
    try:
        return get_json(connection, key)
    except NotFound:
        return otherwise


def get_many(connection: Connection, keys: Collection[str]) -> dict[str, bytes]:
    """The bytes under each of the digests that are kept."""
    wanted, found = list(set(keys)), dict[str, bytes]()
    for start in range(0, len(wanted), AT_ONCE):
        rows = _EACH.all(connection, digests=wanted[start : start + AT_ONCE])
        found.update((digest, zlib.decompress(data)) for digest, data in rows)
    return found


def put_json(tx: Connection, value: Any) -> str:
    """Keep a JSON value by the digest of its canonical text."""
    return put_bytes(tx, canonical_json(value).encode(), "application/json")


def get_json(connection: Connection, key: str) -> Any:
    """The JSON value under the digest."""
    return json.loads(get_bytes(connection, key))
