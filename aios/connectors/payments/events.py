"""Facts in what Stripe tells by webhook or, asked, from its list of events (docs.stripe.com/api/events/types).

What tells the same fact a second time (`invoice.paid` and `invoice.payment_succeeded`) leads to the same `told_as`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from aios.clock import to_text
from aios.connectors.contract import differences
from aios.connectors.mail.address import one_line
from aios.errors import InvalidInput
from aios.events import catalog
from aios.events.catalog import Payload

Moment = Annotated[int, Field(ge=0, le=253_402_300_799)]
"""Seconds since 1970, up to the year 9999."""

Minor = Annotated[int, Field(ge=-(10**15), le=10**15)]
Ident = Annotated[str, Field(pattern=r"^[!-~]{1,255}$")]
State = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
Code = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]
Number = Annotated[str, Field(max_length=255), AfterValidator(one_line)]

MEDIA_TYPE = "application/vnd.stripe.event+json"

REMEDY = "Look at it in Stripe; aios may need a newer version."


@dataclass(frozen=True)
class Fact:
    """What has happened. `told_as` names it among all that Stripe may tell, so that it is kept once."""

    payload: Payload
    told_as: str

    @property
    def stream(self) -> str:
        """The thing that it is about."""
        return f"stripe/{getattr(self.payload, 'object', '')}"[:200]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _For(_Part):
    subscription: Ident | None = None


class _Parent(_Part):
    subscription_details: _For | None = None


class _Invoice(_Part):
    id: Ident
    currency: Code
    total: Minor
    amount_paid: Minor
    amount_due: Minor
    status: State | None = None
    customer: Ident | None = None
    number: Number | None = None
    due_date: Moment | None = None
    attempt_count: Annotated[int, Field(ge=0, le=10**6)] = 0
    next_payment_attempt: Moment | None = None
    parent: _Parent | None = None
    subscription: Ident | None = None
    payment_intent: Ident | None = None


class _Checkout(_Part):
    id: Ident
    mode: State
    payment_status: State
    currency: Code | None = None
    amount_total: Minor | None = None
    customer: Ident | None = None
    payment_intent: Ident | None = None
    payment_link: Ident | None = None


class _Refund(_Part):
    id: Ident
    amount: Minor
    currency: Code
    status: State | None = None
    charge: Ident | None = None
    payment_intent: Ident | None = None


class _Evidence(_Part):
    due_by: Moment | None = None


class _Dispute(_Part):
    id: Ident
    amount: Minor
    currency: Code
    status: State
    reason: Ident
    charge: Ident | None = None
    payment_intent: Ident | None = None
    evidence_details: _Evidence = _Evidence()


class _Subscription(_Part):
    id: Ident
    status: State
    customer: Ident
    currency: Code | None = None
    pause_collection: dict[str, Any] | None = None
    cancel_at: Moment | None = None
    ended_at: Moment | None = None


class _Payout(_Part):
    id: Ident
    amount: Minor
    currency: Code
    status: State
    arrival_date: Moment
    failure_code: Ident | None = None


class _Data(_Part):
    object: dict[str, Any]


class _Event(_Part):
    id: Ident
    type: Ident
    created: Moment
    livemode: bool
    data: _Data


Facts = Iterable[Fact]


def facts_of(told: bytes) -> list[Fact]:
    """The facts in an event; none where its kind is of no use here. `InvalidInput` names what is not as it was."""
    said: Any = json.loads(told)
    kind = str(cast(Mapping[str, Any], said).get("type"))
    read = READERS.get(kind) or (_invoice if kind.startswith("invoice.") else None)
    if read is None or kind in WITHOUT_ID:
        return []
    try:
        return list(read(_Event.model_validate(said)))
    except ValidationError as error:
        reason = "; ".join(differences(error)[:5])
        raise InvalidInput(f"Stripe tells {kind} in a shape that is not known: {reason}.", REMEDY) from None


def _invoice(event: _Event) -> Facts:
    """How the invoice stands; and, by the kind of event, that it was paid or could not be."""
    it = _Invoice.model_validate(event.data.object)
    about: dict[str, Any] = {
        **_common(event, it.id, it.currency, it.customer),
        "number": it.number or "",
        "subscription": it.subscription or _subscription_of(it) or "",
    }
    status = "deleted" if event.type == "invoice.deleted" else it.status or ""
    due = _text(it.due_date)
    standing = catalog.InvoiceChanged(**about, status=status, amount=it.total, paid=it.amount_paid, due_at=due)
    yield Fact(standing, f"invoice.changed/{event.id}")
    if event.type in ("invoice.paid", "invoice.payment_succeeded"):
        paid = catalog.PaymentReceived(**about, status=status, amount=it.amount_paid, payment=it.payment_intent or "")
        yield Fact(paid, f"payment.received/{it.id}")
    if event.type == "invoice.payment_failed":
        failed = catalog.PaymentFailed(
            **about,
            status=status,
            amount=it.amount_due,
            attempt=it.attempt_count,
            next_attempt_at=_text(it.next_payment_attempt),
        )
        yield Fact(failed, f"payment.failed/{it.id}/{it.attempt_count}")


def _checkout(event: _Event) -> Facts:
    """What was paid by a link. A subscription's first payment is told by its invoice."""
    it = _Checkout.model_validate(event.data.object)
    if it.mode != "payment":
        return
    about: dict[str, Any] = _common(event, it.id, it.currency, it.customer) | {"status": it.payment_status}
    if event.type == "checkout.session.async_payment_failed":
        yield Fact(catalog.PaymentFailed(**about, amount=it.amount_total or 0), f"payment.failed/{it.id}")
    elif it.payment_status == "paid":
        paid = catalog.PaymentReceived(
            **about, amount=it.amount_total or 0, payment=it.payment_intent or "", link=it.payment_link or ""
        )
        yield Fact(paid, f"payment.received/{it.id}")


def _refund(event: _Event) -> Facts:
    """That money went back, or did not; one that is under way is told again."""
    it = _Refund.model_validate(event.data.object)
    about: dict[str, Any] = _common(event, it.id, it.currency) | {"status": it.status or "", "amount": it.amount}
    of: dict[str, Any] = {"payment": it.payment_intent or "", "charge": it.charge or ""}
    if it.status == "succeeded":
        yield Fact(catalog.PaymentRefunded(**about, **of), f"payment.refunded/{it.id}")
    elif it.status in ("failed", "canceled"):
        yield Fact(catalog.RefundFailed(**about, **of), f"refund.failed/{it.id}")


def _dispute(event: _Event) -> Facts:
    it = _Dispute.model_validate(event.data.object)
    about: dict[str, Any] = _common(event, it.id, it.currency) | {
        "status": it.status,
        "amount": it.amount,
        "reason": it.reason,
    }
    of: dict[str, Any] = {"payment": it.payment_intent or "", "charge": it.charge or ""}
    if event.type == "charge.dispute.closed":
        yield Fact(catalog.DisputeClosed(**about, **of), f"dispute.closed/{it.id}")
    else:
        answer_by = _text(it.evidence_details.due_by)
        yield Fact(catalog.PaymentDisputed(**about, **of, answer_by=answer_by), f"payment.disputed/{it.id}")


def _subscription(event: _Event) -> Facts:
    it = _Subscription.model_validate(event.data.object)
    about: dict[str, Any] = _common(event, it.id, it.currency, it.customer) | {
        "status": it.status,
        "paused": bool(it.pause_collection),
        "ends_at": _text(it.ended_at or it.cancel_at),
    }
    match event.type:
        case "customer.subscription.created":
            yield Fact(catalog.SubscriptionStarted(**about), f"subscription.started/{it.id}")
        case "customer.subscription.deleted":
            yield Fact(catalog.SubscriptionEnded(**about), f"subscription.ended/{it.id}")
        case _:
            yield Fact(catalog.SubscriptionChanged(**about), f"subscription.changed/{event.id}")


def _payout(event: _Event) -> Facts:
    it = _Payout.model_validate(event.data.object)
    about: dict[str, Any] = _common(event, it.id, it.currency) | {
        "status": it.status,
        "amount": it.amount,
        "arrives_at": _text(it.arrival_date),
        "reason": it.failure_code or "",
    }
    kind = catalog.PayoutPaid if event.type == "payout.paid" else catalog.PayoutFailed
    yield Fact(kind(**about), f"{event.type}/{it.id}")


READERS: Mapping[str, Callable[[_Event], Facts]] = {
    **dict.fromkeys(("checkout.session.completed", "checkout.session.async_payment_succeeded"), _checkout),
    "checkout.session.async_payment_failed": _checkout,
    **dict.fromkeys(("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"), _refund),
    **dict.fromkeys(("charge.dispute.created", "charge.dispute.closed"), _dispute),
    **dict.fromkeys((f"customer.subscription.{each}" for each in ("created", "updated", "deleted")), _subscription),
    **dict.fromkeys(("customer.subscription.paused", "customer.subscription.resumed"), _subscription),
    **dict.fromkeys(("payout.paid", "payout.failed"), _payout),
}
"""Who reads which kind; those of invoices are many, and all read alike."""

WITHOUT_ID = frozenset({"invoice.upcoming"})
"""Told of what is not there yet."""


def _common(event: _Event, thing: str, currency: str | None, customer: str | None = None) -> dict[str, Any]:
    return {
        "object": thing,
        "customer": customer or "",
        "currency": (currency or "").upper(),
        "happened_at": _text(event.created),
        "live": event.livemode,
    }


def _subscription_of(invoice: _Invoice) -> str | None:
    """The subscription that an invoice is for, in the shape that the API has had since 2025."""
    details = invoice.parent.subscription_details if invoice.parent else None
    return details.subscription if details else None


def _text(seconds: int | None) -> str:
    return to_text(datetime.fromtimestamp(seconds, UTC)) if seconds else ""
