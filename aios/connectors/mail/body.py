"""What is inside a mail: its text, its attachments as they came, the ids of mails that a bounce returns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, cast

from aios.connectors.incoming import MEGABYTE, Attachment
from aios.connectors.mail.address import MESSAGE_ID, one_line
from aios.connectors.mail.charset import decode, header_text
from aios.connectors.mail.html import html_to_text

Part = Message

MAX_ATTACHMENT = 10 * MEGABYTE
MAX_ATTACHMENTS = 50
MAX_TEXT_BYTES = 2 * MEGABYTE
MAX_DEPTH = 30


@dataclass(frozen=True)
class Content:
    """The inside of a mail. `flags`: html_only, no_text, truncated, encrypted."""

    text: str
    attachments: tuple[Attachment, ...]
    flags: tuple[str, ...]
    returned_ids: tuple[str, ...] = ()


def read_content(mail: Part) -> Content:
    """Take a mail apart. Nothing in an attachment is opened."""
    texts: list[tuple[str, str]] = []
    files: list[Attachment] = []
    _collect(mail, texts, files, depth=0)
    text = "\n\n".join(each for _, each in texts if each.strip())
    flags = {
        "html_only": bool(texts) and all(kind == "html" for kind, _ in texts),
        "no_text": not text.strip(),
        "truncated": any("too large" in each.note or "too many" in each.note for each in files),
        "encrypted": mail.get_content_type() in {"multipart/encrypted", "application/pkcs7-mime"},
    }
    said = tuple(name for name, holds in flags.items() if holds)
    return Content(text, tuple(files[:MAX_ATTACHMENTS]), said, _returned_ids(mail))


def _collect(part: Part, texts: list[tuple[str, str]], files: list[Attachment], depth: int) -> None:
    kind = part.get_content_type()
    if part.is_multipart() and part.get_content_maintype() == "multipart" and depth < MAX_DEPTH:
        groups: list[list[tuple[str, str]]] = []
        for child in _children(part):
            found: list[tuple[str, str]] = []
            _collect(child, found, files, depth + 1)
            groups.append(found)
        texts += _best(groups) if kind == "multipart/alternative" else [each for group in groups for each in group]
    elif kind in {"text/plain", "text/html"} and not _is_file(part):
        texts.append(_read_text(part, kind))
    elif len(files) < MAX_ATTACHMENTS:
        files.append(_attachment(part, "" if len(files) < MAX_ATTACHMENTS - 1 else "too many attachments; not kept"))


def _children(part: Part) -> list[Part]:
    return cast(list[Part], part.get_payload())


def _best(groups: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Of the alternatives, the first plain text that says something; else the last that does."""
    full = [group for group in groups if any(text.strip() for _, text in group)]
    plain = [group for group in full if all(kind == "plain" for kind, _ in group)]
    return plain[0] if plain else full[-1] if full else []


def _is_file(part: Part) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_name(part))


def _read_text(part: Part, kind: str) -> tuple[str, str]:
    data = (_data(part) or b"")[:MAX_TEXT_BYTES]
    charset = str(part.get_param("charset", "") or "")
    if kind == "text/plain":
        return "plain", decode(data, charset)
    if not charset and (meta := re.search(rb"charset=[\"']?([\w-]{1,40})", data[:2000])):
        charset = meta[1].decode("ascii", "replace")
    return "html", html_to_text(decode(data, charset))


def _attachment(part: Part, note: str) -> Attachment:
    name, media_type = _name(part) or _name_for(part), part.get_content_type()[:200]
    data = _data(part)
    size = len(data) if data is not None else 0
    if data is None:
        note = note or "could not be read"
    elif size > MAX_ATTACHMENT:
        note = f"too large ({size // MEGABYTE} MB); not kept"
    return Attachment(name, media_type, size, None if note else data, note)


def _data(part: Part) -> bytes | None:
    """The decoded bytes of a part; None where its encoding is beyond reading."""
    try:
        if part.is_multipart():
            return b"\n".join(child.as_bytes() for child in _children(part))
        data: Any = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return data if isinstance(data, bytes) else None


def _name(part: Part) -> str:
    try:
        name = part.get_filename("")
    except (ValueError, LookupError, TypeError, AttributeError):
        return "attachment"
    return one_line(header_text(name)).replace("\\", "/").rpartition("/")[2][:150]


def _name_for(part: Part) -> str:
    return "message.eml" if part.get_content_type() == "message/rfc822" else "attachment"


def _returned_ids(mail: Part) -> tuple[str, ...]:
    """Message ids of the mails inside a delivery report (RFC 3464), which is how a bounce says what it is about."""
    if mail.get_content_type() != "multipart/report":
        return ()
    return tuple(found for part in _walk(mail, 0) for found in MESSAGE_ID.findall(str(part.get("Message-ID", "")))[:1])


def _walk(part: Part, depth: int) -> Iterator[Part]:
    if depth and part.get_content_type() == "text/rfc822-headers":
        from email import message_from_bytes

        yield message_from_bytes(_data(part) or b"")
    elif depth:
        yield part
    if part.is_multipart() and depth < MAX_DEPTH:
        for child in _children(part):
            yield from _walk(child, depth + 1)
