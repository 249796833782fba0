"""Readers: a document's bytes as text with `#` headings, by the ending of its name."""

import io
import re
from collections.abc import Callable
from email import message_from_bytes, policy

from aios.errors import InvalidInput
from aios.memory.word import read_word
from aios.text import clean

MOST_BYTES = 20_000_000
"""A larger file is refused: it is an archive, not something to read to a model."""

MOST_PAGES = 500


def read_document(name: str, data: bytes) -> str:
    """The document's text; `InvalidInput` says why it cannot be read, and what to do about it."""
    reader = READERS.get(ending(name))
    if reader is None:
        known = ", ".join(sorted(READERS))
        raise InvalidInput(f"{name} is of a kind that is not read.", f"Save it as one of: {known}.")
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"{name} is larger than {MOST_BYTES // 1_000_000} MB.", "Split it, or keep only its text.")
    text = clean(reader(data), 2_000_000).strip()
    if not text:
        raise InvalidInput(f"{name} holds no text.", "A scanned document needs text recognition first.")
    return text


def ending(name: str) -> str:
    """The ending of a file name, with its dot, in lower case."""
    return "." + name.rpartition(".")[2].lower()


def _plain(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace")


def _html(data: bytes) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(data, "lxml")
    for tag in soup.find_all(["script", "style", "template", "noscript", "head"]):
        tag.decompose()
    for tag in soup.find_all(re.compile(r"^h[1-6]$")):
        tag.replace_with(f"\n\n{'#' * int(tag.name[1])} {' '.join(tag.get_text(' ').split())}\n\n")
    for tag in soup.find_all(["p", "div", "li", "tr", "br", "table", "section"]):
        tag.insert_before("\n" if tag.name in ("li", "tr", "br") else "\n\n")
    lines = (" ".join(line.split()) for line in soup.get_text(" ").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _pdf(data: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        pages = PdfReader(io.BytesIO(data)).pages
        if len(pages) > MOST_PAGES:
            raise InvalidInput(f"The PDF has more than {MOST_PAGES} pages.", "Split it into parts.")
        texts = [page.extract_text() for page in pages]
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise InvalidInput(f"The PDF cannot be read: {error}.", "Open it and save it again.") from None
    return "\n\n".join(f"## Page {number}\n\n{text}" for number, text in enumerate(texts, 1) if text.strip())


def _mail(data: bytes) -> str:
    message = message_from_bytes(data, policy=policy.default)
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        content = str(body.get_content())
    except (LookupError, KeyError):
        raw = body.get_payload(decode=True)  # an unknown charset
        content = _plain(raw) if isinstance(raw, bytes) else ""
    text = _html(content.encode()) if body.get_content_subtype() == "html" else content
    return f"# {message.get('subject', 'Mail')}\n\n{text}"


READERS: dict[str, Callable[[bytes], str]] = {
    ".md": _plain,
    ".markdown": _plain,
    ".txt": _plain,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".docx": read_word,
    ".eml": _mail,
}
"""What can be read, by the ending of the name."""
