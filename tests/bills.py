"""Invoices that suppliers send, made for a test."""

from dataclasses import replace
from datetime import date

from aios.invoices.codes import VatCategory
from aios.invoices.invoice import Invoice, Line, Payment, Totals
from aios.invoices.party import Address, Contact, Identifier, Party
from aios.invoices.sums import summed

IBAN, OTHER_IBAN = "DE89370400440532013000", "DE02120300000000202051"

SUPPLIER = Party(
    name="Kaffeekontor Hamburg GmbH",
    vat_id="DE136695976",
    endpoint=Identifier("office@kaffeekontor.example", "EM"),
    address=Address("Speicherstadt 4", city="Hamburg", postcode="20457", country="DE"),
    contact=Contact("Mira Petersen", "+49 40 5550 321", "office@kaffeekontor.example"),
)
US = Party(
    name="Nordlicht Studio",
    endpoint=Identifier("studio@nordlicht.example", "EM"),
    address=Address("Hafenstraße 12", city="Hamburg", postcode="20459", country="DE"),
)


def bill(
    number: str = "R-2026-001",
    *,
    price: str = "100.00",
    rate: str = "19",
    iban: str = IBAN,
    supplier: Party = SUPPLIER,
    name: str = "Coffee for the office",
    category: VatCategory = VatCategory.STANDARD,
    **more: object,
) -> Invoice:
    """An invoice over one line; its sums follow from it."""
    line = Line("1", name, "1", price, 0, category, rate)
    given: dict[str, object] = {"issued": date(2026, 10, 30), "due": date(2026, 11, 20), "type": "380", **more}
    draft = Invoice(
        number=number,
        currency="EUR",
        seller=supplier,
        buyer=US,
        totals=Totals(0, 0, 0),
        lines=(line,),
        payments=(Payment("58", iban=iban),) if iban else (),
        terms="Payable within 21 days",
        profile="urn:cen.eu:en16931:2017",
        **given,  # pyright: ignore
    )
    return summed(draft)


def wrong(invoice: Invoice, by: int = 100) -> Invoice:
    """The same invoice with a total that its parts do not make."""
    totals = replace(invoice.totals, gross=invoice.totals.gross + by, payable=invoice.totals.payable + by)
    return replace(invoice, totals=totals)
