"""What can be asked of payments, and what comes of it. Amounts are integers in the currency's minor unit (cents)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aios.connectors.contract import parse_request
from aios.connectors.fields import Address, Line, Words
from aios.ids import digest
from aios.money import Money

HUNDREDTHS = {"ISK", "UGX"}
"""Currencies that Stripe still counts in hundredths, although they have none (docs.stripe.com/currencies)."""


def _counted_alike(currency: str) -> str:
    if currency in HUNDREDTHS:
        raise ValueError(f"Stripe counts {currency} in another unit than everybody else; use another currency")
    return currency


Id = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_-]+$")]
"""An id as Stripe makes them; nothing that could lead to another path of its API."""

Payment = Annotated[str, Field(max_length=255, pattern=r"^(pi|ch|py)_[A-Za-z0-9_]+$")]
"""A payment intent, or a charge."""

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_counted_alike)]
Amount = Annotated[int, Field(strict=True, gt=0, le=10**12)]
Count = Annotated[int, Field(strict=True, gt=0, le=10_000)]
Every = Literal["once", "day", "week", "month", "year"]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CreateCustomer(_Request):
    """Somebody who can be billed."""

    name: Line = Field(min_length=1, max_length=250)
    email: Address
    description: Line = Field("", max_length=350)


class DeleteCustomer(_Request):
    """Take a customer out who has no subscription."""

    customer: Id


class CreateProduct(_Request):
    """What is sold; what it costs is said by its prices."""

    name: Line = Field(min_length=1, max_length=250)
    description: Words = Field("", max_length=5000)


class CreatePrice(_Request):
    """What a product costs: once, or again and again."""

    product: Id
    amount: Amount
    currency: Currency
    every: Every = "once"

    @property
    def money(self) -> Money:
        """The price of one."""
        return Money(self.amount, self.currency)


class SetActive(_Request):
    """Offer a product, a price or a payment link, or offer it no longer."""

    kind: Literal["product", "price", "payment_link"]
    id: Id
    active: bool


class CreatePaymentLink(_Request):
    """An address at which anybody can pay a price."""

    price: Id
    quantity: Count = 1


class InvoiceLine(_Request):
    """A line of an invoice; `amount` is for all of it, with its tax."""

    description: Line = Field(min_length=1, max_length=500)
    amount: Amount


class CreateInvoice(_Request):
    """An invoice that is open at once, to be paid within some days; nobody is told by mail."""

    customer: Id
    currency: Currency
    lines: tuple[InvoiceLine, ...] = Field(min_length=1, max_length=100)
    days_until_due: Annotated[int, Field(strict=True, ge=0, le=365)] = 14
    description: Words = Field("", max_length=1500)

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return Money(sum(line.amount for line in self.lines), self.currency)


class VoidInvoice(_Request):
    """Declare that an invoice is not to be paid."""

    invoice: Id


class PayInvoice(_Request):
    """Take the money for an open invoice by the customer's own means of payment, once more."""

    invoice: Id


class CreateSubscription(_Request):
    """A price paid again and again: by the customer's means of payment or, with `days_until_due`, by invoice."""

    customer: Id
    price: Id
    quantity: Count = 1
    trial_days: Annotated[int, Field(strict=True, ge=0, le=730)] = 0
    days_until_due: Annotated[int, Field(strict=True, ge=0, le=365)] = 0


class SetPaused(_Request):
    """Take no money for a subscription for now, or take it again."""

    subscription: Id
    paused: bool


class CancelSubscription(_Request):
    """End a subscription at once."""

    subscription: Id


class Refund(_Request):
    """Give a payment back: all of it, or `amount` of it."""

    payment: Payment
    amount: Amount | None = None


Request = (
    CreateCustomer
    | DeleteCustomer
    | CreateProduct
    | CreatePrice
    | SetActive
    | CreatePaymentLink
    | CreateInvoice
    | VoidInvoice
    | PayInvoice
    | CreateSubscription
    | SetPaused
    | CancelSubscription
    | Refund
)

REQUESTS: Mapping[str, type[_Request]] = {
    "create_customer": CreateCustomer,
    "delete_customer": DeleteCustomer,
    "create_product": CreateProduct,
    "create_price": CreatePrice,
    "set_active": SetActive,
    "create_payment_link": CreatePaymentLink,
    "create_invoice": CreateInvoice,
    "void_invoice": VoidInvoice,
    "pay_invoice": PayInvoice,
    "create_subscription": CreateSubscription,
    "set_paused": SetPaused,
    "cancel_subscription": CancelSubscription,
    "refund": Refund,
}
"""Every operation, and what it is asked with."""


class Receipt(_Request):
    """What Stripe holds now. `before` is the status that the operation changed; `payment` what a refund can name."""

    id: str
    status: str = ""
    before: str = ""
    amount: int | None = None
    currency: str = ""
    number: str = ""
    url: str = ""
    payment: str = ""


def parse(operation: str, request: Mapping[str, Any]) -> Request:
    """The request of an effect; `HardFailure` where it can be none."""
    return cast(Request, parse_request("Payments", REQUESTS, operation, request))


def mark_of(key: str) -> str:
    """What an effect leaves in what it makes, so that a look-up can tell that it was there."""
    return digest(f"payments mark of {key}")[:32]


def receipt_of(thing: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """What a receipt says of something that Stripe holds; what is missing there is for the contract to find."""
    amount = next((thing[name] for name in ("total", "unit_amount", "amount") if thing.get(name) is not None), None)
    said = {
        "id": thing.get("id"),
        "status": status_of(thing),
        "before": before,
        "amount": amount,
        "currency": str(thing.get("currency") or "").upper(),
        "number": thing.get("number") or "",
        "url": thing.get("url") or thing.get("hosted_invoice_url") or "",
        "payment": _payment(thing),
    }
    return {name: value for name, value in said.items() if value not in ("", None)}


def status_of(thing: Mapping[str, Any]) -> str:
    """How it stands in one word."""
    if thing.get("deleted"):
        return "deleted"
    if thing.get("pause_collection"):
        return "paused"
    offered = {True: "active", False: "inactive"}
    return str(thing.get("status") or offered.get(thing.get("active", "")) or "")


def part_of(thing: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What a thing holds under the name; empty where it holds nothing with names there."""
    found: Any = thing.get(name)
    return cast(Mapping[str, Any], found) if isinstance(found, Mapping) else {}


def _payment(invoice: Mapping[str, Any]) -> str:
    """The payment of an invoice, in the shape of today's API or of that before 2025."""
    if invoice.get("object") != "invoice":
        return ""
    listed: list[Mapping[str, Any]] = part_of(invoice, "payments").get("data") or []
    paid = [part_of(each, "payment") for each in listed]
    named = [each.get("payment_intent") or each.get("charge") for each in paid]
    return next((str(each) for each in named if each), str(invoice.get("payment_intent") or ""))
