"""Bytes of a bank's text file as text, whatever the bank's encoding."""

from aios.errors import InvalidInput
from aios.text import clean

MOST_BYTES = 30_000_000


def decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 where it is that, else Windows-1252; line ends as `\\n`."""
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"The file is larger than {MOST_BYTES // 1_000_000} MB.", "Export fewer months at a time.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return clean(data.decode("utf-16", "replace"), MOST_BYTES)
    try:
        return clean(data.decode("utf-8-sig"), MOST_BYTES)
    except UnicodeDecodeError:
        return clean(data.decode("cp1252", "replace"), MOST_BYTES)
