"""Ids that sort by time, and digests that name content."""

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

Json = Any
"""A value that `json.dumps` takes."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` and 20 characters: milliseconds since 1970, then 50 random bits; sorts by time."""
    value = (int(now.timestamp() * 1000) << 50) | secrets.randbits(50)
    return f"{prefix}_{''.join([_PAIRS[value >> bits & 1023] for bits in range(90, -1, -10)])}"


def canonical_json(value: Json) -> str:
    """The one text form of a JSON value: sorted keys, no spaces, UTF-8 kept. Refuses NaN."""
    return _CANONICAL.encode(value)


def digest_bytes(data: bytes) -> str:
    """SHA-256 of the bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Json) -> str:
    """SHA-256 of the value's canonical JSON, in hex."""
    return digest_bytes(canonical_json(value).encode("utf-8", "surrogatepass"))
