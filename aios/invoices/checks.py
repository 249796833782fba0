"""All checks of an invoice that need nothing but the invoice."""

from aios.invoices.arithmetic import check_sums
from aios.invoices.finding import Finding
from aios.invoices.numbers import check_numbers
from aios.invoices.presence import check_presence
from aios.invoices.reading import Reading
from aios.invoices.schematron import check_schema
from aios.invoices.vat import check_vat

LEGACY = ("zugferd-1",)
"""Formats from before EN 16931: what they need not say is a warning."""


def check(reading: Reading) -> tuple[Finding, ...]:
    """What was found while reading, and by each rule, in the order of an invoice."""
    invoice, legacy = reading.invoice, reading.source in LEGACY
    return (
        *reading.findings,
        *check_schema(reading.xml, reading.source, invoice.profile),
        *check_presence(invoice, legacy=legacy),
        *check_sums(invoice, legacy=legacy),
        *check_vat(invoice, legacy=legacy),
        *check_numbers(invoice),
    )
