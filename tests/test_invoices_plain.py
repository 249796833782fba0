"""Invoices without data: what rules find in their text, where, and with how little confidence."""

from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.errors import InvalidInput
from aios.invoices.page import draw_page
from aios.invoices.pdf import visible_text
from aios.invoices.plain import read_day, read_plain
from tests.test_invoices_pdf import plain

GERMAN = """Bei Spiel GmbH · Ecke 12 · 12345 Stadthausen

Rechnung Nr. RE-20170509/505
Rechnungsdatum: 9. Mai 2017

Künstlerische Gestaltung        160,00 €
Nettobetrag                     496,00 €
zzgl. MwSt. 19 %                 94,24 €
Gesamtbetrag                    590,24 €

Zahlbar bis zum 30.05.2017 auf IBAN DE89 3704 0044 0532 0130 00, BIC: COBADEFFXXX
USt-IdNr. DE136695976
"""

ENGLISH = """Hi Lena,

please find our bill below. Invoice number: INV-2026-118
Invoice date: November 2, 2026
Due date: 2026-12-02

Subtotal: $1,200.00
VAT (20%): $240.00
Total due: $1,440.00

Harbour Software Ltd
"""


def test_a_german_invoice_s_text_is_read_with_where_each_field_stands() -> None:
    found = read_plain(GERMAN)
    assert (found.number.value, found.number.line) == ("RE-20170509/505", 3)
    assert (found.issued.value, found.due.value) == ("2017-05-09", "2017-05-30")
    assert (found.net.value, found.tax.value, found.gross.value) == ("49600", "9424", "59024")
    assert [each.value for each in found.ibans] == ["DE89370400440532013000"]
    assert [each.value for each in found.vat_ids] == ["DE136695976"]
    assert (found.bic.value, found.currency.value) == ("COBADEFFXXX", "EUR")
    assert found.supplier.value == "Bei Spiel GmbH"
    assert GERMAN[found.gross.at :].startswith("Gesamtbetrag")
    assert found.confidence == 0.6


def test_an_english_mail_is_read() -> None:
    found = read_plain(ENGLISH)
    assert (found.number.value, found.issued.value, found.due.value) == ("INV-2026-118", "2026-11-02", "2026-12-02")
    assert (found.net.value, found.tax.value, found.gross.value) == ("120000", "24000", "144000")
    assert (found.currency.value, found.supplier.value) == ("USD", "Harbour Software Ltd")


@pytest.mark.parametrize("language", ["de", "en"])
def test_our_own_page_is_read_without_its_data(language: Literal["de", "en"]) -> None:
    found = read_plain(visible_text(draw_page(plain(), language)))
    assert found.number.value == "RE-2026-0042"
    assert found.gross.value == "178500"
    assert [each.value for each in found.ibans] == ["DE89370400440532013000"]


def test_figures_that_do_not_confirm_each_other_lower_the_confidence() -> None:
    assert read_plain(GERMAN.replace("590,24", "600,00")).confidence < read_plain(GERMAN).confidence


def test_a_text_without_a_total_is_no_invoice() -> None:
    with pytest.raises(InvalidInput, match="names no total"):
        read_plain("Hello, shall we meet on 3 May?")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("09.05.17", date(2017, 5, 9)),
        ("9. März 2026", date(2026, 3, 9)),
        ("2 November 2026", date(2026, 11, 2)),
        ("31/12/2026", date(2026, 12, 31)),
        ("05/06/2026", None),
        ("31.02.2026", None),
    ],
)
def test_a_day_that_could_be_two_is_none(text: str, day: date | None) -> None:
    assert read_day(text) == day


@given(st.text("Rechnung Total 0123456789.,-€\nDE", max_size=300))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    try:
        found = read_plain(text)
    except InvalidInput:
        return
    assert 0 <= found.confidence <= 0.6
