"""A file as an invoice, whatever its format: UBL, CII or a PDF that carries one of them."""

from aios.errors import InvalidInput
from aios.invoices.cii import CANDIDATE, ROOTS, read_cii
from aios.invoices.finding import Finding, error, warning
from aios.invoices.pdf import check_size, embedded, relation, visible_text
from aios.invoices.reading import Reading
from aios.invoices.schematron import profile_level
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
    findings = (*reading.findings, *found, *_twice(others), *_relation(data, reading))
    return Reading(reading.invoice, reading.source, findings, xml)


def _relation(data: bytes, reading: Reading) -> tuple[Finding, ...]:
    """From BASIC on the data are the whole invoice, by ZUGFeRD an alternative to the pages; in France, data will do."""
    whole = reading.source == "cii" and profile_level(reading.invoice.profile) not in ("minimum", "basicwl")
    if not whole or relation(data) != "Data":
        return ()
    sentence = "The PDF calls its invoice mere data to the pages (AFRelationship), not an alternative to them."
    if reading.invoice.seller.address.country == "DE":
        return (error("ZUGFERD-AFRELATIONSHIP", sentence, "Ask the seller for a PDF that is proper ZUGFeRD."),)
    return (warning("ZUGFERD-AFRELATIONSHIP", sentence, "The data count all the same; the seller may mend it."),)


def _twice(names: tuple[str, ...]) -> tuple[Finding, ...]:
    if not names:
        return ()
    sentence = f"The PDF carries a second invoice ({', '.join(names)}); one of them must go."
    return (error("AIOS-PDF-TWO", sentence, "Ask the seller for a PDF with one invoice."),)
