"""The contract of payments: what is made at Stripe, how each is found again, and how it is undone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aios.clock import Clock
from aios.connectors.base import Connector
from aios.connectors.contract import Compensation, Contract, Irreversible, Operation, Risk
from aios.connectors.payments.request import (
    REQUESTS,
    CreateInvoice,
    CreatePrice,
    CreateSubscription,
    Receipt,
    Refund,
)
from aios.credentials.credentials import Credentials
from aios.errors import CredentialMissing
from aios.ids import digest
from aios.money import Money
from aios.settings import Settings
from aios.traffic.rates import Rate

MARK = "a mark in its metadata, made from the effect's key"
STATE = "the state that it is in afterwards"

Said = dict[str, Any]


def _undone_by(operation: str, request: Callable[[Said, Said], Said], words: str) -> Compensation:
    """Where it stands otherwise than we left it (paid, ended, taken off by hand), the owner decides."""
    return Compensation(operation, request, words, thing="id", unchanged=("status",))


def _by_id(operation: str, field: str, words: str) -> Compensation:
    return _undone_by(operation, lambda _request, receipt: {field: receipt["id"]}, words)


def _no_longer_offered(kind: str) -> Compensation:
    def request(_request: Said, receipt: Said) -> Said:
        return {"kind": kind, "id": receipt["id"], "active": False}

    return _undone_by("set_active", request, "It can be taken off offer; who has bought already has bought.")


def _as_before(request: Said, receipt: Said) -> Said:
    """Bring it back to what it was; a look-up cannot know that, and then it was the other way round."""
    before = receipt.get("before")
    return {**request, "active": before == "active" if before else not request["active"]}


def _paused_as_before(request: Said, receipt: Said) -> Said:
    before = receipt.get("before")
    return {**request, "paused": before == "paused" if before else not request["paused"]}


def _back(_request: Said, receipt: Said) -> Said:
    return {"payment": receipt.get("payment", "")}


def _preview_invoice(asked: CreateInvoice) -> str:
    lines = "\n".join(f"- {line.description}: {Money(line.amount, asked.currency)}" for line in asked.lines)
    return f"{asked.customer} gets an invoice over {asked.total}, due in {asked.days_until_due} days.\n{lines}"


def _preview_refund(asked: Refund) -> str:
    some = f"{asked.amount} in minor units" if asked.amount else "all"
    return f"Of the payment {asked.payment}, {some} is given back."


def _preview_price(asked: CreatePrice) -> str:
    again = "once" if asked.every == "once" else f"every {asked.every}"
    return f"The product {asked.product} costs {asked.money}, {again}."


def _preview_subscription(asked: CreateSubscription) -> str:
    trial = f", free for {asked.trial_days} days" if asked.trial_days else ""
    how = f"by invoice, due in {asked.days_until_due} days" if asked.days_until_due else "by their means of payment"
    return f"{asked.customer} subscribes to {asked.quantity} × {asked.price}{trial}, paid {how}."


KEY = "STRIPE_API_KEY"


def _operation(
    name: str,
    undo: Compensation | Irreversible,
    risk: Risk,
    preview: Callable[[Any], str],
    identified_by: str = MARK,
) -> Operation:
    return Operation(name, REQUESTS[name], Receipt, identified_by, undo, risk, preview)


def _account(settings: Settings) -> str:
    """Stripe limits accounts; which one a key is for, nothing but the key says."""
    try:
        key = Credentials(settings).require(KEY).get_secret_value()
    except CredentialMissing:
        return "Stripe"
    return f"Stripe {digest(key)[:8]}"


def _sandbox(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.payments.sandbox import SandboxPayments

    return SandboxPayments(settings, clock)


def _live(settings: Settings, clock: Clock) -> Connector:
    from aios.connectors.payments.stripe import StripePayments

    return StripePayments(settings, clock)


PAYMENTS = Contract(
    name="payments",
    version=1,
    title="Payments",
    operations=(
        _operation(
            "create_customer",
            _by_id("delete_customer", "customer", "The customer can be deleted, as long as there is no subscription."),
            "low",
            lambda asked: f"{asked.name} <{asked.email}> becomes a customer at Stripe.",
        ),
        _operation(
            "delete_customer",
            Irreversible("A deleted customer cannot be brought back; a new one has no history."),
            "low",
            lambda asked: f"The customer {asked.customer} is deleted, unless there is a subscription.",
            STATE,
        ),
        _operation(
            "create_product",
            _no_longer_offered("product"),
            "low",
            lambda asked: f"A product is made: {asked.name}\n{asked.description}".strip(),
            "its id, made from the effect's key",
        ),
        _operation("create_price", _no_longer_offered("price"), "low", _preview_price),
        _operation(
            "set_active",
            _undone_by("set_active", _as_before, "It can be set back to what it was."),
            "public",
            lambda asked: f"{asked.id} is {'offered' if asked.active else 'offered no longer'}.",
            STATE,
        ),
        _operation(
            "create_payment_link",
            _no_longer_offered("payment_link"),
            "public",
            lambda asked: f"Anybody who knows the address can pay {asked.quantity} × {asked.price}.",
        ),
        _operation(
            "create_invoice",
            _by_id("void_invoice", "invoice", "It can be voided until it is paid; then only a refund helps."),
            "money",
            _preview_invoice,
            f"{MARK}, and that it is no draft",
        ),
        _operation(
            "void_invoice",
            Irreversible("A void invoice stays void; only a new one can follow it."),
            "money",
            lambda asked: f"The invoice {asked.invoice} is void: nobody has to pay it.",
            STATE,
        ),
        _operation(
            "pay_invoice",
            _undone_by("refund", _back, "What was paid can be refunded; Stripe keeps its fee."),
            "money",
            lambda asked: f"The money for {asked.invoice} is taken by the customer's own means of payment.",
            STATE,
        ),
        _operation(
            "create_subscription",
            _by_id("cancel_subscription", "subscription", "It can be ended at once; what was paid is not given back."),
            "money",
            _preview_subscription,
        ),
        _operation(
            "set_paused",
            _undone_by("set_paused", _paused_as_before, "It can be set back to what it was."),
            "money",
            lambda asked: (
                f"Money for {asked.subscription} is {'not taken for now' if asked.paused else 'taken again'}."
            ),
            STATE,
        ),
        _operation(
            "cancel_subscription",
            Irreversible("An ended subscription cannot go on; only a new one can follow it."),
            "money",
            lambda asked: f"The subscription {asked.subscription} ends at once.",
            STATE,
        ),
        _operation(
            "refund",
            Irreversible("What was given back is gone; the customer would have to pay again."),
            "money",
            _preview_refund,
        ),
    ),
    rate=Rate(20, timedelta(seconds=1)),
    account=_account,
    configured=lambda settings: Credentials(settings).has(KEY),
    sandbox=_sandbox,
    live=_live,
    credentials=(KEY,),
)
