"""A PDF from outside: the invoice's XML that travels in it, and the text a person sees."""

import io
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from aios.errors import InvalidInput
from aios.text import clean

MOST_BYTES = 30_000_000
MOST_PAGES = 300
NAMES = ("factur-x.xml", "xrechnung.xml", "zugferd-invoice.xml", "order-x.xml")
"""What the embedded file is called in Factur-X and ZUGFeRD 2, XRechnung, and ZUGFeRD 1; the first one found wins."""

T = TypeVar("T")
AGAIN = "Open it and save it again, or ask the sender to."


def embedded(data: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    """The invoice's XML, by the names the standards give it, else the only XML there is; and the names of others that
    are called like an invoice too.
    """
    found = {name.lower(): content for name, content in _files(data) if name.lower().endswith(".xml")}
    known = [name for name in NAMES if name in found]
    if known:
        return found[known[0]], tuple(known[1:])
    return (next(iter(found.values())) if len(found) == 1 else None), ()


def visible_text(data: bytes) -> str:
    """The text of the pages; empty for a scan."""
    pages = _guarded(lambda: [page.extract_text() for page in _reader(data).pages])
    return clean("\n".join(pages), 500_000)


def relation(data: bytes) -> str:
    """What the PDF calls its invoice beside its pages, such as `Alternative` or `Data`; empty where it does not say."""
    told = _guarded(lambda: [each.get_object() for each in _reader(data).root_object.get("/AF", ())])
    for file in told:
        if str(file.get("/UF") or file.get("/F") or "").lower() in NAMES:
            return str(file.get("/AFRelationship", "")).removeprefix("/")
    return ""


def _files(data: bytes) -> Iterator[tuple[str, bytes]]:
    attachments = _guarded(lambda: {name: list(files) for name, files in _reader(data).attachments.items()})
    for name, contents in attachments.items():
        for content in contents:
            yield name, content


def _reader(data: bytes) -> Any:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise InvalidInput("The PDF is locked with a password.", "Ask the sender for one without.")
    if len(reader.pages) > MOST_PAGES:
        raise InvalidInput(f"The PDF has more than {MOST_PAGES} pages.", "Split it into parts.")
    return reader


def _guarded(read: Callable[[], T]) -> T:
    """What `read` returns; a broken PDF is an `InvalidInput`."""
    from pypdf.errors import PyPdfError

    try:
        return read()
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        reason = clean(str(error), 120) or type(error).__name__
        raise InvalidInput(f"The PDF cannot be read: {reason}.", AGAIN) from None
    except (MemoryError, AssertionError, NotImplementedError, UnicodeError, ArithmeticError) as error:
        raise InvalidInput(f"The PDF cannot be read: {type(error).__name__}.", AGAIN) from None


def check_size(data: bytes) -> None:
    """Refuse what is too large to be an invoice."""
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"The PDF is larger than {MOST_BYTES // 1_000_000} MB.", "Ask for a smaller one.")
