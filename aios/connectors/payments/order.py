"""`Order`: what Stripe is told to do for a request: make something new, or change something that is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aios.connectors.payments.request import (
    CancelSubscription,
    CreateCustomer,
    CreateInvoice,
    CreatePaymentLink,
    CreatePrice,
    CreateProduct,
    CreateSubscription,
    DeleteCustomer,
    PayInvoice,
    Refund,
    Request,
    SetActive,
    SetPaused,
    VoidInvoice,
    part_of,
)

Form = Mapping[str, Any]

MARK, LINE = "aios_key", "aios_line"
"""Names in Stripe's metadata: the mark of the effect that made a thing, and the number of an invoice's line."""

PAUSED = {"behavior": "void"}
"""While a subscription is paused, its invoices are void (docs.stripe.com/billing/subscriptions/pause-payment)."""


@dataclass(frozen=True)
class Make:
    """Something new in a collection. It is found again by its `id`, or by its mark among what `narrow` lists.

    Lists are read rather than Stripe's search, which learns of a new thing a minute late.
    """

    collection: str
    form: Form
    narrow: Form = field(default_factory=dict[str, Any])
    id: str = ""
    lines: tuple[Form, ...] = ()


@dataclass(frozen=True)
class Change:
    """Another state of something that is there: `sets` is what of it says that it is done.

    `unless` names states in which it cannot be done, each with the reason; `empty` a collection that must hold nothing
    of it.
    """

    collection: str
    id: str
    sets: Form
    action: str = ""
    form: Form = field(default_factory=dict[str, Any])
    method: Literal["POST", "DELETE"] = "POST"
    unless: Mapping[str, str] = field(default_factory=dict[str, str])
    empty: str = ""

    @property
    def path(self) -> str:
        """The thing in the API."""
        return f"{self.collection}/{self.id}"


Order = Make | Change


def order_of(asked: Request, mark: str) -> Order:
    """What Stripe is told for the request of an effect with that mark."""
    match asked:
        case CreateCustomer():
            form = {"name": asked.name, "email": asked.email, **_said(description=asked.description)}
            return Make("customers", _marked(form, mark), {"email": asked.email})
        case CreateProduct():
            form = {"id": f"aios_{mark}", "name": asked.name, **_said(description=asked.description)}
            return Make("products", _marked(form, mark), id=f"aios_{mark}")
        case CreatePrice():
            return Make("prices", _marked(_price(asked), mark), {"product": asked.product})
        case CreatePaymentLink():
            items = [{"price": asked.price, "quantity": asked.quantity}]
            return Make("payment_links", _marked({"line_items": items}, mark))
        case CreateInvoice():
            return _invoice(asked, mark)
        case CreateSubscription():
            return Make("subscriptions", _marked(_subscription(asked), mark), _all_of(asked.customer))
        case Refund():
            paid = {"payment_intent" if asked.payment.startswith("pi_") else "charge": asked.payment}
            return Make("refunds", _marked({**paid, **_said(amount=asked.amount)}, mark), paid)
        case _:
            return _change(asked)


def _change(
    asked: DeleteCustomer | SetActive | VoidInvoice | PayInvoice | SetPaused | CancelSubscription,
) -> Change:
    match asked:
        case DeleteCustomer():
            return Change("customers", asked.customer, {"deleted": True}, method="DELETE", empty="subscriptions")
        case SetActive():
            active = {"active": asked.active}
            return Change(f"{asked.kind}s", asked.id, active, form=active)
        case VoidInvoice():
            paid = {"paid": "The invoice is paid; give the payment back instead."}
            return Change("invoices", asked.invoice, {"status": "void"}, "/void", unless=paid)
        case PayInvoice():
            gone = {"void": "The invoice is void; nothing is owed for it.", "draft": "The invoice is a draft."}
            expand = {"expand": ["payments"]}
            return Change("invoices", asked.invoice, {"status": "paid"}, "/pay", expand, unless=gone)
        case SetPaused():
            paused = {"pause_collection": PAUSED if asked.paused else None}
            ended = {"canceled": "The subscription has ended."}
            return Change("subscriptions", asked.subscription, paused, form=paused, unless=ended)
        case CancelSubscription():
            return Change("subscriptions", asked.subscription, {"status": "canceled"}, method="DELETE")


def _invoice(asked: CreateInvoice, mark: str) -> Make:
    """An invoice is made empty, then given its lines, then opened; a half made one is a draft and is made whole."""
    form = {
        "customer": asked.customer,
        "currency": asked.currency.lower(),
        "collection_method": "send_invoice",
        "days_until_due": asked.days_until_due,
        "auto_advance": False,
        "pending_invoice_items_behavior": "exclude",
        **_said(description=asked.description),
    }
    line = {"customer": asked.customer, "currency": asked.currency.lower()}
    lines = tuple(
        {**line, "amount": each.amount, "description": each.description, "metadata": {LINE: str(number), MARK: mark}}
        for number, each in enumerate(asked.lines)
    )
    return Make("invoices", _marked(form, mark), {"customer": asked.customer}, lines=lines)


def _price(asked: CreatePrice) -> Form:
    again = {} if asked.every == "once" else {"recurring": {"interval": asked.every}}
    return {"product": asked.product, "unit_amount": asked.amount, "currency": asked.currency.lower(), **again}


def _subscription(asked: CreateSubscription) -> Form:
    by_invoice = {"collection_method": "send_invoice", "days_until_due": asked.days_until_due}
    return {
        "customer": asked.customer,
        "items": [{"price": asked.price, "quantity": asked.quantity}],
        **_said(trial_period_days=asked.trial_days),
        **(by_invoice if asked.days_until_due else {}),
    }


def _all_of(customer: str) -> Form:
    return {"customer": customer, "status": "all"}


def _marked(form: Form, mark: str) -> Form:
    return {**form, "metadata": {MARK: mark}}


def _said(**fields: Any) -> Form:
    """The fields that say something; Stripe takes an empty text for "take it away"."""
    return {name: value for name, value in fields.items() if value}


def holds(thing: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether all that is wanted is so; Stripe's own further fields do not matter."""
    for name, value in wanted.items():
        there: Any = thing.get(name)
        if isinstance(value, Mapping):
            if not isinstance(there, Mapping) or not holds(there, value):  # pyright: ignore[reportUnknownArgumentType]
                return False
        elif there != value:
            return False
    return True


def is_marked(thing: Mapping[str, Any], mark: str) -> bool:
    """Whether the effect of that mark has made it."""
    return part_of(thing, "metadata").get(MARK) == mark
