"""Bytes from outside to text: the declared charset where it is true, the likeliest one where it is not."""

import binascii
import codecs
import quopri
import re

ALIASES = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-8-i": "iso-8859-8", "tis-620": "cp874", "shift_jis": "cp932", "x-sjis": "cp932",
    "gb2312": "gb18030", "gbk": "gb18030", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "big5": "big5hkscs",
    "utf8mb4": "utf-8", "cp-850": "cp850",
}  # fmt: skip
"""Charsets that mails name, and the superset they mean in practice (as the WHATWG Encoding Standard maps them)."""

REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
"""Python codecs that are no charsets of mail; some take quadratic time."""

GUESS_BYTES = 50_000
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?([^?]*)\?=", re.IGNORECASE)


def decode(data: bytes, declared: str = "") -> str:
    """The bytes as text. Never fails: what cannot be read becomes U+FFFD."""
    name = declared.partition("*")[0].strip("\"' \t").lower()
    ascii_only = name in {"", "ascii", "us-ascii"}
    codec = None if ascii_only else _codec(name)
    for each in (codec, "utf-8"):
        if each and (text := _strict(data, each)) is not None:
            return text
    if codec is not None:
        text = data.decode(codec, "replace")
        if text.count("\ufffd") <= max(3, len(text) // 100):
            return text
    return _guess(data)


def header_text(value: str) -> str:
    """A header as a person reads it: unfolded, encoded words (RFC 2047) decoded, raw 8-bit bytes understood."""
    text = decode(value.encode("utf-8", "surrogateescape"))
    pieces: list[str | tuple[str, bytes]] = []
    end = 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        if between.strip() or (between and (not pieces or isinstance(pieces[-1], str))):
            pieces.append(between)
        _add_word(pieces, word)
        end = word.end()
    pieces.append(text[end:])
    return "".join(each if isinstance(each, str) else decode(each[1], each[0]) for each in pieces)


def _add_word(pieces: list[str | tuple[str, bytes]], word: re.Match[str]) -> None:
    charset, content = word[1].lower(), _word_bytes(word[2], word[3])
    before = pieces[-1] if pieces else ""
    if content is None:
        pieces.append(word[0])
    elif isinstance(before, tuple) and before[0] == charset:
        # Some programs cut a character in two at the end of a word.
        pieces[-1] = (charset, before[1] + content)
    else:
        pieces.append((charset, content))


def _word_bytes(encoding: str, content: str) -> bytes | None:
    data = content.encode("utf-8")
    if encoding.lower() == "q":
        return quopri.decodestring(data, header=True)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        return None


def _codec(name: str) -> str | None:
    codec = ALIASES.get(name, name)
    try:
        known = codecs.lookup(codec).name
    except (LookupError, ValueError):
        return None
    return None if known.replace("-", "_") in REFUSED else codec


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:GUESS_BYTES]).best()
    codec = best.encoding if best is not None else "cp1252"
    return data.decode(codec, "replace")
