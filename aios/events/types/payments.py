"""Payments: what Stripe says has happened to money, in ids, states and integers of minor units; never in names.

Stripe tells things twice, late and in another order. So each fact is kept once whatever tells it, and `happened_at` is
when it happened there.
"""

from aios.events.payload import Payload


class PaymentFact(Payload):
    """What every such event says. `object` is Stripe's id of what it is about, `status` its own word for its state.

    `amount` is in minor units of `currency`. Where `live` is false it is of Stripe's test mode, and no money.
    """

    impersonal = frozenset({"object", "customer", "status", "currency", "happened_at"})
    object: str
    customer: str = ""
    status: str = ""
    amount: int = 0
    currency: str = ""
    happened_at: str
    live: bool


class PaymentReceived(PaymentFact):
    """An invoice (`in_…`) is paid, or a checkout (`cs_…`) by the payment link `link`."""

    type = "payment.received"
    impersonal = PaymentFact.impersonal | {"subscription", "payment", "link", "number"}
    subscription: str = ""
    payment: str = ""
    link: str = ""
    number: str = ""


class PaymentFailed(PaymentFact):
    """Money for an invoice or a checkout could not be taken, at the `attempt`th try.

    `next_attempt_at` is when Stripe tries again by itself; empty where it does not.
    """

    type = "payment.failed"
    impersonal = PaymentFact.impersonal | {"subscription", "number", "next_attempt_at"}
    subscription: str = ""
    number: str = ""
    attempt: int = 1
    next_attempt_at: str = ""


class PaymentRefunded(PaymentFact):
    """A payment was given back, all or some of it."""

    type = "payment.refunded"
    impersonal = PaymentFact.impersonal | {"payment", "charge"}
    payment: str = ""
    charge: str = ""


class RefundFailed(PaymentFact):
    """A refund did not reach the customer; the money is back in the account."""

    type = "refund.failed"
    impersonal = PaymentFact.impersonal | {"payment", "charge"}
    payment: str = ""
    charge: str = ""


class PaymentDisputed(PaymentFact):
    """A customer's bank disputes a payment; `reason` is the bank's code, `answer_by` when evidence is due."""

    type = "payment.disputed"
    impersonal = PaymentFact.impersonal | {"payment", "charge", "reason", "answer_by"}
    payment: str = ""
    charge: str = ""
    reason: str = ""
    answer_by: str = ""


class DisputeClosed(PaymentFact):
    """A dispute is over: `status` is `won`, `lost` or `warning_closed`."""

    type = "dispute.closed"
    impersonal = PaymentFact.impersonal | {"payment", "charge", "reason"}
    payment: str = ""
    charge: str = ""
    reason: str = ""


class SubscriptionFact(PaymentFact):
    """How a subscription stands: `active`, `past_due`, `unpaid`, … `ends_at` is when it will end, if it will."""

    impersonal = PaymentFact.impersonal | {"ends_at"}
    paused: bool = False
    ends_at: str = ""


class SubscriptionStarted(SubscriptionFact):
    """There is a new subscription."""

    type = "subscription.started"


class SubscriptionChanged(SubscriptionFact):
    """A subscription stands differently."""

    type = "subscription.changed"


class SubscriptionEnded(SubscriptionFact):
    """A subscription is over."""

    type = "subscription.ended"


class InvoiceChanged(PaymentFact):
    """An invoice at Stripe stands differently: `draft`, `open`, `paid`, `void`, `uncollectible` or `deleted`."""

    type = "invoice.changed"
    impersonal = PaymentFact.impersonal | {"subscription", "number", "due_at"}
    subscription: str = ""
    number: str = ""
    paid: int = 0
    due_at: str = ""


class PayoutFact(PaymentFact):
    """Money on its way from Stripe to the bank; `arrives_at` is the day on which the bank has it."""

    impersonal = PaymentFact.impersonal | {"arrives_at", "reason"}
    arrives_at: str = ""
    reason: str = ""


class PayoutPaid(PayoutFact):
    """Stripe has paid out what it held; the bank statement will show it as one entry."""

    type = "payout.paid"


class PayoutFailed(PayoutFact):
    """A payout came back; `reason` is the bank's code."""

    type = "payout.failed"
