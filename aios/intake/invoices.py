"""Invoices among what comes in: a file that is said to be one, and what a mail brings."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Literal

from aios.connectors.files.invoice import TEXT, read_invoice_text
from aios.connectors.files.reader import read_file
from aios.connectors.incoming import Attachment, Document, Fact, Incoming, Problem
from aios.connectors.mail.address import one_line
from aios.errors import InvalidInput
from aios.events.catalog import InvoiceReceived
from aios.ids import digest_bytes
from aios.invoices.pdf import embedded

EXCERPT = 5000
"""Characters of a mail's text that go with its invoice; the mail itself is kept whole."""

_CALLED = re.compile(
    r"rechnung|faktura|facture|factura|fattura|factuur|invoice|\bbill\b|gutschrift|credit.?note|avoir", re.IGNORECASE
)
_ROOT = re.compile(
    rb"<(?:[\w.-]+:)?(?:Invoice|CreditNote|CrossIndustryInvoice|CrossIndustryDocument)[\s>]|CBFBUY:5", re.IGNORECASE
)
_HEAD = 20_000
_RETURNED = {"bounce", "auto_reply"}
"""Flags of mails that bring back what we sent."""


def invoice_file(name: str, data: bytes, channel: Literal["file", "api"]) -> Document | Problem:
    """A file that is said to be an invoice; a problem where it is none that can be read."""
    label = one_line(PurePath(name).name)[:200] or "invoice"
    try:
        if PurePath(label).suffix.lower() == TEXT:
            read = read_invoice_text(label, data)
        else:
            [read] = read_file(label, data)
    except InvalidInput as error:
        return Problem(label, error.message, error.remedy, data, "text/plain", len(data))
    except ValueError:
        return Problem(label, "It holds more than one thing, so it is no invoice.", "Drop it into the inbox instead.")
    if isinstance(read, Problem):
        return read
    if not isinstance(read, Document) or not isinstance(read.itself.payload, InvoiceReceived):
        reason = "It is no invoice: neither UBL, CII, a PDF nor a text."
        return Problem(label, reason, "Drop it into the inbox instead.", data, "application/octet-stream", len(data))
    said = read.itself.payload.model_copy(update={"channel": channel})
    return replace(read, itself=replace(read.itself, payload=said))


def apart(item: Incoming | Document | Problem) -> list[Incoming | Document | Problem]:
    """A mail that brings invoices, as a document for each of them; anything else as it is."""
    brought = list(_brought(item)) if isinstance(item, Incoming) and item.message.channel == "mail" else []
    return [*brought] or [item]


def _brought(mail: Incoming) -> Iterator[Document | Problem]:
    if _RETURNED & set(mail.message.flags):
        return
    called = bool(_CALLED.search(mail.message.subject))
    found = [each for attachment in mail.attachments if (each := _read(attachment, called))]
    if called and not mail.attachments:
        found = _in_text(mail)
    if not any(isinstance(each, Document) for each in found):
        return
    for at, each in enumerate(found):
        yield _of_mail(mail, each, at) if isinstance(each, Document) else each


def _read(attachment: Attachment, called: bool) -> Document | Problem | None:
    """An attachment as an invoice. Data decide; a PDF without them is one where it or the mail says so."""
    data, ending = attachment.data, PurePath(attachment.name).suffix.lower()
    if not data:
        return None
    if data.lstrip()[:5] == b"%PDF-":
        if not _carries(data) and not (called or _CALLED.search(attachment.name)):
            return None
        name = attachment.name if ending == ".pdf" else f"{attachment.name}.pdf"
    elif (ending == ".xml" or "xml" in attachment.media_type) and _ROOT.search(data[:_HEAD].replace(b"\x00", b"")):
        name = attachment.name if ending == ".xml" else f"{attachment.name}.xml"
    else:
        return None
    read = read_file(name, data)[0]
    return None if isinstance(read, Incoming) else read


def _carries(data: bytes) -> bool:
    try:
        xml = embedded(data)[0]
    except InvalidInput:
        return False
    return xml is not None and _ROOT.search(xml[:_HEAD]) is not None


def _in_text(mail: Incoming) -> list[Document | Problem]:
    """The mail's own words as an invoice: where they name a number, a sum and an account."""
    try:
        read = read_invoice_text("mail.txt", mail.message.text.encode())
    except InvalidInput:
        return []
    said = read.itself.payload
    whole = isinstance(said, InvoiceReceived) and said.number and said.iban
    return [read] if whole else []


def _of_mail(mail: Incoming, document: Document, at: int) -> Document:
    """The first one has the mail's own id, so that the mail is known when it comes again."""
    message = mail.message
    said = document.itself.payload.model_copy(
        update={
            "channel": "mail",
            "sender": message.sender,
            "subject": message.subject,
            "text": message.text[:EXCERPT],
            "mail": digest_bytes(mail.raw),
        }
    )
    source_id = mail.source_id if not at else f"{mail.source_id[:400]}#{digest_bytes(document.raw)[:16]}"
    itself = Fact(document.itself.stream, source_id, said)
    return replace(document, source=mail.source, itself=itself, mail=mail.raw)
