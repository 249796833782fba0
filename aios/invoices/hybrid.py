"""Factur-X: the page that people read and the XML that programs read, in one PDF/A-3."""

from importlib import import_module
from typing import Any

from aios.invoices.cii_writer import write_cii
from aios.invoices.invoice import Invoice
from aios.invoices.page import draw_page
from aios.invoices.wording import Language, word


def write_facturx(invoice: Invoice, language: Language = "de") -> bytes:
    """The PDF with `factur-x.xml` attached. The same invoice gives the same XML; the PDF's own dates are of today."""
    facturx: Any = import_module("facturx")
    kind = word("credit" if invoice.credit else "invoice", language)
    made: bytes = facturx.generate_from_binary(
        draw_page(invoice, language),
        write_cii(invoice),
        flavor="factur-x",
        check_xsd=True,
        check_schematron=False,
        afrelationship="alternative",  # the data are the whole invoice, and German buyers refuse them as mere data
        lang="de-DE" if language == "de" else "en-GB",
        pdf_metadata={
            "author": invoice.seller.name,
            "keywords": "Factur-X, ZUGFeRD",
            "title": f"{kind} {invoice.number}",
            "subject": f"{kind} {invoice.number}, {invoice.seller.name}",
        },
    )
    return made
