"""A draft of an invoice of our own, in JSON or YAML: who, what, how much. The rest of an invoice follows from it."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from aios.errors import InvalidInput
from aios.invoices.codes import VatCategory
from aios.invoices.invoice import Invoice, Line, Note, Payment, Period, Tax, Totals
from aios.invoices.party import Address, Contact, Identifier, Party
from aios.invoices.sums import summed
from aios.money import to_decimal
from aios.text import clean

NUMBER = "DRAFT"
"""What a draft has for a number: it gets one when it is issued."""

PROFILE = "urn:cen.eu:en16931:2017"
MOST_BYTES = 300_000

REASONS = {
    VatCategory.REVERSE_CHARGE: ("Reverse charge", "VATEX-EU-AE"),
    VatCategory.INTRA_COMMUNITY: ("Intra-community supply", "VATEX-EU-IC"),
    VatCategory.EXPORT: ("Export outside the EU", "VATEX-EU-G"),
    VatCategory.OUTSIDE_SCOPE: ("Not subject to VAT", "VATEX-EU-O"),
}
"""Why no tax is charged, where the category alone says it."""

Text = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Amount = Annotated[Decimal, Field(max_digits=15, decimal_places=6, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _clean(cls, value: Any) -> Any:
        return clean(value).strip() if isinstance(value, str) else value


class Customer(_Part):
    """Who is to pay. Without `email` the invoice is issued, and you send it yourself."""

    name: Name
    email: Text = ""
    street: Text = ""
    addition: Text = ""
    postcode: Text = ""
    city: Text = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "DE"
    vat_id: Text = ""
    reference: Text = ""
    order: Text = ""

    def party(self) -> Party:
        """The buyer of the invoice."""
        return Party(
            name=self.name,
            vat_id=self.vat_id.replace(" ", ""),
            endpoint=Identifier(self.email, "EM") if self.email else None,
            address=Address(self.street, self.addition, "", self.city, self.postcode, "", self.country),
            contact=Contact("", "", self.email),
        )


class DraftTax(_Part):
    """A VAT category (UNTDID 5305) and rate in percent; `reason` where the law asks why there is no tax."""

    category: VatCategory = VatCategory.STANDARD
    rate: Annotated[Decimal, Field(ge=0, le=100, allow_inf_nan=False)] = Decimal(0)
    reason: Text = ""


class DraftPeriod(_Part):
    """From when to when, both days included."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "DraftPeriod":
        if self.end < self.start:
            raise ValueError("the period ends before it starts")
        return self


class DraftLine(_Part):
    """What is charged for. `price` is for one unit, without tax, in minor units; `unit` a code such as HUR or DAY."""

    name: Name
    description: Annotated[str, Field(max_length=2000)] = ""
    quantity: Amount = Decimal(1)
    unit: Annotated[str, Field(pattern="^[A-Z0-9]{2,3}$")] = "C62"
    price: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    tax: DraftTax
    period: DraftPeriod | None = None


class InvoiceDraft(_Part):
    """A draft. `about` says what it is for (a deliverable, a subscription's month): the same is drafted once."""

    customer: Customer
    lines: Annotated[tuple[DraftLine, ...], Field(min_length=1, max_length=500)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    due_days: Annotated[int, Field(ge=0, le=365)] = 14
    period: DraftPeriod | None = None
    delivered: date | None = None
    contract: Text = ""
    note: Annotated[str, Field(max_length=2000)] = ""
    about: Annotated[str, Field(max_length=200)] = ""

    def invoice(self, seller: Party, payments: tuple[Payment, ...], on: date) -> Invoice:
        """The invoice as it would be issued on that day, its sums made from the lines."""
        free = {line.tax.category: _reason(line.tax) for line in self.lines}
        abroad = VatCategory.INTRA_COMMUNITY in free
        due = on + timedelta(days=self.due_days)
        draft = Invoice(
            number=NUMBER,
            issued=on,
            type="380",
            currency=self.currency,
            seller=seller,
            buyer=self.customer.party(),
            totals=Totals(0, 0, 0),
            lines=tuple(_line(str(at), line, self.currency) for at, line in enumerate(self.lines, start=1)),
            taxes=tuple(Tax(category, "", 0, 0, *reason) for category, reason in free.items()),
            payments=payments,
            due=due,
            notes=(Note(self.note),) if self.note else (),
            buyer_reference=self.customer.reference,
            order=self.customer.order,
            contract=self.contract,
            delivered=self.delivered or (on if abroad and self.period is None else None),
            deliver_to=self.customer.party().address if abroad else None,
            period=Period(self.period.start, self.period.end) if self.period else None,
            profile=PROFILE,
        )
        return summed(draft)


def read_draft(data: bytes) -> InvoiceDraft:
    """The draft in JSON or YAML; `InvalidInput` says where it is wrong."""
    if len(data) > MOST_BYTES:
        raise InvalidInput("The draft has more than 300 kB.", "Split it.")
    try:
        return InvoiceDraft.model_validate(_value(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        reason = first["msg"].removeprefix("Value error, ")
        raise InvalidInput(
            f"The draft is wrong at {where}: {reason}.", "docs/invoices.md says what it holds."
        ) from None


def _value(data: bytes) -> Any:
    """What the file says. YAML reads JSON too, but slowly, and takes aliases, which a draft has no use for."""
    import yaml

    try:
        text = data.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            return json.loads(text)
        reader: Any = yaml
        if any(isinstance(token, yaml.AliasToken) for token in reader.scan(text)):
            raise InvalidInput("The draft has YAML aliases.", "Write each value where it belongs.")
        return yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidInput(f"The draft is neither JSON nor YAML: {reason}.", "Mend it, drop it again.") from None


def _reason(tax: DraftTax) -> tuple[str, str]:
    known = REASONS.get(tax.category, ("", ""))
    return (tax.reason or known[0], known[1])


def _line(id_: str, line: DraftLine, currency: str) -> Line:
    from aios.invoices.reading import shortest

    return Line(
        id=id_,
        name=line.name,
        quantity=shortest(line.quantity),
        price=str(to_decimal(line.price, currency)),
        net=0,
        category=line.tax.category,
        rate="" if line.tax.category is VatCategory.OUTSIDE_SCOPE else shortest(line.tax.rate),
        unit=line.unit,
        description=line.description,
        period=Period(line.period.start, line.period.end) if line.period else None,
    )
