"""Own electronic invoices: they pass the official rules, and read back as they were written."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from aios.invoices.checks import check
from aios.invoices.cii_writer import write_cii
from aios.invoices.invoice import Invoice
from aios.invoices.reader import read_xml
from aios.invoices.schematron import check_schematron
from aios.invoices.sums import bases, summed, tax_of
from aios.invoices.ubl_writer import write_ubl
from tests.invoice_family import invoices

WRITERS = {"ubl": write_ubl, "cii": write_cii}
few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@few
@given(invoice=invoices())
def test_an_own_invoice_passes_the_official_rules(write: Callable[[Invoice], bytes], invoice: Invoice) -> None:
    xml = write(invoice)
    assert [each for each in check_schematron(xml) if each.severity == "error"] == []
    assert [each for each in check(read_xml(xml)) if each.severity == "error"] == []


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@many
@given(invoice=invoices())
def test_an_own_invoice_reads_back_as_it_was_written(write: Callable[[Invoice], bytes], invoice: Invoice) -> None:
    reading = read_xml(write(invoice))
    assert reading.invoice == invoice
    assert reading.findings == ()


@many
@given(invoice=invoices())
def test_totals_follow_from_the_lines_and_stay_when_summed_again(invoice: Invoice) -> None:
    totals = invoice.totals
    assert summed(invoice) == invoice
    assert totals.net == sum(bases(invoice).values()) == sum(tax.basis for tax in invoice.taxes)
    assert totals.tax == sum(tax.amount for tax in invoice.taxes)
    assert totals.gross == totals.net + (totals.tax or 0)
    assert totals.payable == totals.gross - (totals.prepaid or 0)


@pytest.mark.parametrize(
    ("basis", "rate", "tax"), [(250, "1", 3), (-250, "1", -3), (249, "1", 2), (1050, "19", 200), (33, "7", 2)]
)
def test_tax_is_rounded_half_away_from_zero(basis: int, rate: str, tax: int) -> None:
    assert tax_of(basis, Decimal(rate)) == tax


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@settings(max_examples=3, deadline=None)
@given(invoice=invoices())
def test_the_official_rules_name_a_total_that_is_wrong(write: Callable[[Invoice], bytes], invoice: Invoice) -> None:
    wrong = replace(invoice, totals=replace(invoice.totals, gross=invoice.totals.gross + 1))
    assert "BR-CO-15" in " ".join(f"{each.rule} {each.sentence}" for each in check_schematron(write(wrong)))
