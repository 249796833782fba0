"""A file as an invoice, whatever its format: UBL, CII or a PDF that carries one of them."""

from aios.errors import InvalidInput
from aios.invoices.cii import CANDIDATE, ROOTS, read_cii
from aios.invoices.finding import Finding, error
from aios.invoices.pdf import check_size, embedded, visible_text
from aios.invoices.reading import Reading
from aios.invoices.ubl import NAMESPACES, read_ubl
from aios.invoices.visible import differences
from aios.invoices.xml import parse


def read_invoice(data: bytes) -> Reading:
    """The invoice in an XML or PDF file. `InvalidInput` where there is none, with what to do."""
    if data[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF"):
        return read_pdf(data)
    if b"<" not in data[:1024] and b"<\x00" not in data[:1024] and b"\x00<" not in data[:1024]:
        raise InvalidInput("The file is neither XML nor PDF.", "Ask for the invoice as XML or PDF.")
    return read_xml(data)


def read_xml(data: bytes) -> Reading:
    """The invoice in a UBL or CII document."""
    root = parse(data)
    if root.namespace in NAMESPACES:
        invoice, values = read_ubl(root)
        return Reading(invoice, "ubl", tuple(values.findings), data)
    if root.name in ROOTS or root.namespace == CANDIDATE:
        invoice, values = read_cii(root)
        source = "cii" if root.name == ROOTS[0] else "zugferd-1"
        return Reading(invoice, source, tuple(values.findings), data)
    raise InvalidInput(
        f"The XML is a {root.name[:60]}, not an invoice.", "Ask for UBL, CII, Factur-X, ZUGFeRD or XRechnung."
    )


def read_pdf(data: bytes) -> Reading:
    """The embedded invoice wins; where the pages do not show its number and sums, that is found."""
    check_size(data)
    xml, others = embedded(data)
    if xml is None:
        raise InvalidInput("The PDF carries no electronic invoice.", "Read its text, and check it by eye.")
    reading = read_xml(xml)
    found = differences(reading.invoice, visible_text(data))
    return Reading(reading.invoice, reading.source, (*reading.findings, *found, *_twice(others)), xml)


def _twice(names: tuple[str, ...]) -> tuple[Finding, ...]:
    if not names:
        return ()
    sentence = f"The PDF carries a second invoice ({', '.join(names)}); one of them must go."
    return (error("AIOS-PDF-TWO", sentence, "Ask the seller for a PDF with one invoice."),)
