"""An invoice as a file, UBL, CII or PDF: what it says itself. Checking it is for whoever books it."""

from aios.banking.decoding import decoded
from aios.connectors.incoming import MOST_PROBLEMS, Document, Fact
from aios.errors import InvalidInput
from aios.events.catalog import InvoiceReceived
from aios.ids import digest_bytes
from aios.invoices.pdf import check_size, embedded, visible_text
from aios.invoices.plain import Found, PlainInvoice, read_plain
from aios.invoices.reader import read_invoice
from aios.invoices.reading import Reading
from aios.text import clean

ENDINGS = (".xml", ".pdf")
TEXT = ".txt"
"""What a text that is said to be an invoice may end in; a text that nobody said anything of is none."""

SOURCE = "file:invoice"
BY_HAND = "Read it by eye; ask the sender for an invoice as XML or Factur-X."


def read_invoice_file(name: str, data: bytes) -> list[Document]:
    """The invoice. `InvalidInput` where the file is none that can be read."""
    pdf = data[:1024].lstrip().startswith(b"%PDF")
    media_type = "application/pdf" if pdf else "application/xml"
    if pdf and not _carries(data):
        received = _from_text(name, read_plain(visible_text(data)), digest_bytes(data), media_type)
    else:
        received = _from_data(name, read_invoice(data), digest_bytes(data), media_type)
    return [_document(received, data)]


def read_invoice_text(name: str, data: bytes) -> Document:
    """The invoice that a text is said to be. `InvalidInput` where it names no sum, or no number and no account."""
    return _document(_from_text(name, read_plain(decoded(data)), digest_bytes(data), "text/plain"), data)


def _document(received: InvoiceReceived, data: bytes) -> Document:
    fact = Fact(f"invoice/{received.blob[:32]}", received.blob, received)
    return Document(received.name, SOURCE, fact, (), data, received.media_type)


def _carries(data: bytes) -> bool:
    check_size(data)
    return embedded(data)[0] is not None


def _from_data(name: str, reading: Reading, blob: str, media_type: str) -> InvoiceReceived:
    invoice = reading.invoice
    return InvoiceReceived.model_validate(
        {
            "name": name,
            "source": reading.source,
            "number": clean(invoice.number, 200),
            "issued": invoice.issued.isoformat(),
            "due": invoice.due.isoformat() if invoice.due else "",
            "currency": invoice.currency,
            "net": invoice.totals.net,
            "tax": invoice.totals.tax,
            "gross": invoice.totals.gross,
            "payable": invoice.totals.payable,
            "credit": invoice.credit,
            "seller": clean(invoice.seller.name, 300),
            "seller_vat_id": clean(invoice.seller.vat_id, 50),
            "buyer": clean(invoice.buyer.name, 300),
            "iban": clean(next((each.iban for each in invoice.payments if each.iban), ""), 50),
            "order": clean(invoice.order, 200),
            "reference": clean(invoice.payment_reference, 300),
            "findings": [clean(f"{each.rule}: {each.sentence}", 500) for each in reading.findings[:MOST_PROBLEMS]],
            "blob": blob,
            "media_type": media_type,
        }
    )


def _from_text(name: str, found: PlainInvoice, blob: str, media_type: str) -> InvoiceReceived:
    """What rules found in the text of the pages. With neither a number nor an account, it is hardly an invoice."""
    if found.number is None and not found.ibans:
        raise InvalidInput("It carries no invoice, and its text names no invoice number and no account.", BY_HAND)
    return InvoiceReceived(
        name=name,
        source="text",
        number=_value(found.number),
        issued=_value(found.issued),
        due=_value(found.due),
        currency=_value(found.currency),
        net=_minor(found.net),
        tax=_minor(found.tax),
        gross=_minor(found.gross),
        payable=_minor(found.gross),
        credit=False,
        seller=_value(found.supplier),
        seller_vat_id=_value(next(iter(found.vat_ids), None)),
        buyer="",
        iban=_value(next(iter(found.ibans), None)),
        order="",
        reference="",
        findings=("It carries no data: the fields were found in its text by rules.",),
        blob=blob,
        media_type=media_type,
    )


def _value(found: Found | None) -> str:
    return clean(found.value, 200) if found else ""


def _minor(found: Found | None) -> int | None:
    return int(found.value) if found else None
