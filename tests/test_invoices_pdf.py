"""Factur-X: one PDF for people and programs, which say the same."""

import io
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pdfplumber
import pytest
from hypothesis import HealthCheck, given, settings
from pypdf import PdfReader

from aios.invoices.checks import check
from aios.invoices.giro import giro_code
from aios.invoices.hybrid import write_facturx
from aios.invoices.invoice import Invoice, Line, Payment, Totals
from aios.invoices.page import draw_page
from aios.invoices.pdf import embedded, visible_text
from aios.invoices.reader import read_invoice
from aios.invoices.sums import summed
from aios.invoices.visible import differences
from tests.invoice_family import BUYER, SELLER, V, invoices

ACCOUNT = Payment("58", iban="DE89370400440532013000", account_name="Nordlicht Studio GmbH", bic="COBADEFFXXX")


def plain(**changes: object) -> Invoice:
    draft = Invoice(
        number="RE-2026-0042",
        issued=date(2026, 11, 25),
        type="380",
        currency="EUR",
        seller=SELLER,
        buyer=BUYER,
        totals=Totals(0, 0, 0),
        lines=(Line("1", "Workshop", "1.5", "1000", 0, V.STANDARD, "19", "DAY"),),
        payments=(ACCOUNT,),
        due=date(2026, 12, 9),
        profile="urn:cen.eu:en16931:2017",
    )
    return summed(replace(draft, **changes))


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(invoice=invoices())
def test_the_pdf_reads_back_as_the_invoice_and_shows_what_its_data_say(invoice: Invoice) -> None:
    data = write_facturx(invoice)
    reading = read_invoice(data)
    assert reading.invoice == invoice
    assert [each for each in check(reading) if each.severity == "error"] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ("Rechnung RE-2026-0042", "1.785,00 €", "USt. 19 % auf 1.500,00 €", "bis zum 09.12.2026")),
        ("en", ("Invoice RE-2026-0042", "€1,785.00", "VAT 19 % on €1,500.00", "by 9 December 2026")),
    ],
)
def test_the_page_speaks_the_language_it_was_asked_for(language: Literal["de", "en"], said: tuple[str, ...]) -> None:
    with pdfplumber.open(io.BytesIO(draw_page(plain(), language))) as pdf:
        text = pdf.pages[0].extract_text()
    assert all(words in text for words in said), text
    assert "DE89 3704 0044 0532 0130 00" in text


def test_every_font_is_embedded() -> None:
    page: Any = PdfReader(io.BytesIO(write_facturx(plain()))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        assert "/FontFile2" in font.get("/FontDescriptor", {}), font["/BaseFont"]


def test_a_long_invoice_goes_on_over_pages_with_its_header() -> None:
    lines = tuple(replace(plain().lines[0], id=str(number)) for number in range(1, 80))
    reader = PdfReader(io.BytesIO(draw_page(plain(lines=lines), "en")))
    assert len(reader.pages) > 2
    assert "Description" in reader.pages[1].extract_text()


def test_a_changed_account_on_the_pages_is_found() -> None:
    shown = draw_page(plain(payments=(replace(ACCOUNT, iban="DE02120300000000202051"),)), "de")
    found = differences(plain(), visible_text(shown))
    assert {each.term for each in found} == {"BT-84"}
    assert "DE02120300000000202051" in found[-1].sentence


def test_a_changed_total_on_the_pages_is_found() -> None:
    more = plain(lines=(replace(plain().lines[0], price="2000"),))
    found = differences(plain(), visible_text(draw_page(more, "de")))
    assert {each.term for each in found} == {"BT-112", "BT-115"}


def test_the_qr_code_says_what_the_transfer_form_needs() -> None:
    lines = giro_code(plain(payment_reference="RE-2026-0042")).split("\n")
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert lines[4:8] == ["COBADEFFXXX", "Nordlicht Studio GmbH", "DE89370400440532013000", "EUR1785.00"]
    assert lines[-1] == "RE-2026-0042"


@pytest.mark.parametrize("changes", [{"type": "381"}, {"currency": "USD"}, {"payments": ()}])
def test_there_is_no_qr_code_where_there_is_nothing_to_transfer_in_euros(changes: dict[str, object]) -> None:
    assert giro_code(plain(**changes)) == ""


def test_the_same_invoice_gives_the_same_xml() -> None:
    first, again = embedded(write_facturx(plain())), embedded(write_facturx(plain()))
    assert first[0] == again[0]
    assert first[0]
