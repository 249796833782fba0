"""What an address book on a CardDAV server holds now (RFC 6352): its tag, the versions of its files, and their text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from xml.sax.saxutils import escape

from aios.connectors.web import Web
from aios.errors import InvalidInput, SoftFailure
from aios.invoices.reading import raw_text
from aios.invoices.xml import Node, parse

AT_ONCE = 20
"""Cards in one answer; with their photos, some have a megabyte."""

_TAG = b"""<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:" xmlns:C="http://calendarserver.org/ns/"><prop><C:getctag/><sync-token/></prop></propfind>"""
_ETAGS = b"""<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><getetag/><resourcetype/></prop></propfind>"""
_CARDS = """<?xml version="1.0" encoding="utf-8"?>
<C:addressbook-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">
<prop><getetag/><C:address-data/></prop>{hrefs}</C:addressbook-multiget>"""


@dataclass(frozen=True)
class File:
    """A card as the server lists it; `text` is empty where it was not asked for."""

    href: str
    name: str
    etag: str
    text: bytes = b""


def tag_of(web: Web) -> str:
    """What changes whenever anything in the address book does; empty where the server has no such thing."""
    for response in _responses(web, "PROPFIND", _TAG, "0"):
        for prop in _props(response):
            return (prop.text("getctag") or prop.text("sync-token"))[:500]
    return ""


def files_of(web: Web) -> list[File]:
    """Every card, without its text."""
    return [file for response in _responses(web, "PROPFIND", _ETAGS, "1") if (file := _file(response))]


def texts_of(web: Web, files: Sequence[File]) -> Iterator[File]:
    """The cards with their text, a few at a time; one that is gone meanwhile is left out."""
    for start in range(0, len(files), AT_ONCE):
        hrefs = "".join(f"<href>{escape(file.href)}</href>" for file in files[start : start + AT_ONCE])
        for response in _responses(web, "REPORT", _CARDS.format(hrefs=hrefs).encode(), "1"):
            file = _file(response)
            if file is not None and file.text:
                yield file


def _responses(web: Web, method: str, body: bytes, depth: str) -> list[Node]:
    headers = {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}
    try:
        return list(parse(web.call(method, "", body=body, headers=headers).body, "The answer").all("response"))
    except InvalidInput as error:
        raise SoftFailure(
            f"The address book's server makes no sense: {error.message}", "Check AIOS_CARDDAV_URL."
        ) from None


def _props(response: Node) -> Iterator[Node]:
    for found in response.all("propstat"):
        if " 200" in f" {found.text('status')}":
            yield from found.all("prop")


def _file(response: Node) -> File | None:
    """The card in a response; None for the address book itself and for what has no version."""
    href = response.text("href")
    name = unquote(href.rstrip("/").rpartition("/")[2])
    for prop in _props(response):
        etag, data = prop.text("getetag"), prop.first("address-data")
        if etag and name and not href.endswith("/") and prop.first("resourcetype/collection") is None:
            return File(href, name[:300], etag[:200], raw_text(data).encode())
    return None
