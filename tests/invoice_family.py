"""Invoices as a small company writes them: any mix of rates, allowances, charges and special cases, as a strategy."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from aios.invoices.codes import VatCategory as V
from aios.invoices.invoice import (
    AllowanceCharge,
    Attachment,
    Invoice,
    Line,
    Note,
    Payment,
    Period,
    Reference,
    Tax,
    Totals,
)  # fmt: skip
from aios.invoices.party import Address, Contact, Identifier, Party
from aios.invoices.reading import shortest
from aios.invoices.sums import summed
from aios.money import digits

SELLER = Party(
    name="Nordlicht Studio GmbH",
    trading_name="Nordlicht",
    legal_id=Identifier("HRB 4711"),
    vat_id="DE136695976",
    endpoint=Identifier("billing@nordlicht.example", "EM"),
    address=Address("Hafenstraße 12", city="Hamburg", postcode="20459", country="DE"),
    contact=Contact("Lena Brandt", "+49 40 5550 123", "lena@nordlicht.example"),
)
BUYER = Party(
    name="Fjord Søfart AS & Co",
    vat_id="ATU13585627",
    address=Address("Kaiserstrasse 1", "Hof", city="Wien", postcode="1010", country="AT"),
    endpoint=Identifier("invoices@fjord.example", "EM"),
)
REASONS = {
    V.EXEMPT: "Exempt under section 4 of the VAT act",
    V.REVERSE_CHARGE: "Reverse charge",
    V.INTRA_COMMUNITY: "Intra-community supply",
    V.EXPORT: "Export outside the EU",
}
ZERO = (V.ZERO, *REASONS)

words = st.text("abcdefghij ÄÖüß&<>\"'éø-", min_size=1, max_size=30).map(lambda text: " ".join(text.split()) or "x")
quantities = st.decimals("-50", "200", places=3, allow_nan=False).filter(bool).map(shortest)
prices = st.decimals("0", "2000", places=4, allow_nan=False).map(shortest)


@st.composite
def allowances(draw: st.DrawFn, tax: tuple[V, str] | None) -> AllowanceCharge:
    category, rate = tax or (None, "")
    return AllowanceCharge(
        draw(st.booleans()), draw(st.integers(0, 5_000)), reason=draw(words), category=category, rate=rate
    )


@st.composite
def lines(draw: st.DrawFn, number: int, tax: tuple[V, str]) -> Line:
    return Line(
        id=str(number),
        name=draw(words),
        quantity=draw(quantities),
        price=draw(prices),
        net=0,
        category=tax[0],
        rate=tax[1],
        unit=draw(st.sampled_from(["C62", "HUR", "KGM"])),
        price_quantity=draw(st.sampled_from(["1", "1", "100"])),
        description=draw(st.just("") | words),
        allowances=tuple(draw(st.lists(allowances(None), max_size=2))),
        period=draw(st.none() | st.just(Period(date(2026, 10, 1), date(2026, 10, 31)))),
    )


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    """A complete invoice or credit note whose sums follow from its lines."""
    taxes = draw(st.lists(_taxes(), min_size=1, max_size=3, unique=True))
    made = [draw(lines(number, draw(st.sampled_from(taxes)))) for number in range(1, draw(st.integers(1, 5)) + 1)]
    used = sorted({(line.category, line.rate) for line in made})
    currency = draw(st.sampled_from(["EUR", "EUR", "JPY", "USD"]))
    debit = draw(st.booleans())
    credit = draw(st.booleans())
    draft = Invoice(
        number=draw(st.from_regex(r"[A-Z]{2}-20[0-9]{2}-[0-9]{4}", fullmatch=True)),
        issued=draw(st.dates(date(2020, 1, 1), date(2030, 12, 31))),
        type="381" if credit else draw(st.sampled_from(["380", "384", "326"])),
        currency=currency,
        seller=SELLER,
        buyer=BUYER,
        totals=Totals(0, 0, 0, prepaid=draw(st.none() | st.integers(0, 9_999))),
        lines=tuple(made),
        taxes=tuple(Tax(category, "0", 0, 0, reason) for category, reason in REASONS.items()),
        allowances=tuple(draw(st.lists(st.sampled_from(used).flatmap(allowances), max_size=3))),
        payments=(_payment(debit),),
        payment_reference=draw(st.just("") | words),
        due=draw(st.dates(date(2031, 1, 1), date(2031, 12, 31))),
        terms=draw(st.just("") | words),
        notes=tuple(draw(st.lists(words.map(Note), max_size=2))),
        buyer_reference="04011000-12345-34",
        order=draw(st.just("") | words),
        contract=draw(st.just("") | words),
        preceding=(Reference("RE-1", date(2019, 5, 6)),) if credit else (),
        attachments=(Attachment("A1", "Time sheet", "t.csv", "text/csv", b"a,b\n1,2\n"),) if debit else (),
        delivered=date(2026, 10, 31),
        deliver_to=Address("Kaiserstrasse 1", city="Wien", postcode="1010", country="AT"),
        profile="urn:cen.eu:en16931:2017",
    )
    return summed(draft)


def _payment(debit: bool) -> Payment:
    if debit:
        return Payment("59", mandate="M-1", creditor_id="DE98ZZZ09999999999", debited_iban="DE89370400440532013000")
    return Payment("58", iban="DE89370400440532013000", account_name="Nordlicht Studio GmbH", bic="COBADEFFXXX")


def _taxes() -> st.SearchStrategy[tuple[V, str]]:
    taxed = st.tuples(st.just(V.STANDARD), st.sampled_from(["19", "7", "5.5", "20", "8.1"]))
    return taxed | st.tuples(st.sampled_from(ZERO), st.just("0"))


def unit(invoice: Invoice) -> Decimal:
    return Decimal(1).scaleb(-digits(invoice.currency))
