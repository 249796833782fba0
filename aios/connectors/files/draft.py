"""A draft of an invoice of our own as a file: JSON or YAML, or UBL or CII that another program made."""

import json
from pathlib import PurePath
from typing import Any, Literal

from aios.connectors.incoming import Document, Fact
from aios.connectors.mail.address import checked_address
from aios.errors import InvalidInput
from aios.events.catalog import InvoiceDrafted
from aios.ids import digest_bytes
from aios.invoices.draft import read_draft
from aios.invoices.reader import read_xml
from aios.text import clean

SOURCE = "draft"
ENDINGS = (".yaml", ".yml")
XML = ".draft.xml"
"""What an XML in the inbox ends in that is a draft of ours, and no invoice that somebody sent."""


def is_draft(name: str, data: bytes) -> bool:
    """Whether a file of that name and content is a draft: YAML is, and JSON with a customer and lines."""
    lower = name.lower()
    if lower.endswith((*ENDINGS, XML)):
        return True
    if not lower.endswith(".json"):
        return False
    try:
        value: Any = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and {"customer", "lines"} <= set(value)  # pyright: ignore


def read_draft_file(name: str, data: bytes, channel: Literal["file", "api"] = "file") -> Document:
    """The draft. `InvalidInput` where it is none, or says what no invoice can say."""
    if not data.strip():
        raise InvalidInput("The file is empty.", "It may not have been written to its end; hand it in again.")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        customer, about, media_type = read_xml(data).invoice.buyer.name, "", "application/xml"
    else:
        draft = read_draft(data)
        _check_address(draft.customer.email)
        customer, about = draft.customer.name, draft.about
        media_type = "application/json" if PurePath(name).suffix.lower() == ".json" else "application/yaml"
    blob = digest_bytes(data)
    said = InvoiceDrafted(
        name=name,
        customer=clean(customer, 300),
        about=about,
        blob=blob,
        media_type=media_type,
        channel=channel,
    )
    source_id = f"about:{about}" if about else blob
    return Document(name, SOURCE, Fact(f"draft/{blob[:32]}", source_id, said), (), data, media_type)


def _check_address(email: str) -> None:
    try:
        checked_address(email) if email else None
    except ValueError as error:
        raise InvalidInput(f"The draft is wrong at customer.email: {error}", "Correct the address.") from None
