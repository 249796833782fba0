"""What payment recovery makes of a failed payment, step by step, and how long money is asked for."""

import json
from collections.abc import Mapping
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict

from aios.connectors.payments.request import part_of
from aios.database import blobs
from aios.effects.ledger import Effect
from aios.errors import NotFound
from aios.events.catalog import PaymentFailed, Sender, WebhookReceived
from aios.events.event import Event
from aios.money import Money
from aios.payments import standing
from aios.processes.context import StepContext

MOST_TRIES = 4
"""After so many failed tries, money is not taken again by itself."""

SETTLED = {"paid": "paid", "void": "void", "uncollectible": "void", "deleted": "void"}
"""States of an invoice at Stripe in which nothing is owed for it any more, to us or by itself."""


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PaymentFailure(_Output):
    """What is owed, by whom, after how many tries, and whether it is settled by now.

    `next_attempt_at` is when Stripe tries again by itself; empty where it has given up.
    """

    invoice: str
    number: str
    amount: int
    currency: str
    subscription: str
    attempt: int
    next_attempt_at: str
    settled: Literal["", "paid", "void"]
    contact_id: str
    name: str
    email: str
    pay_at: str
    live: bool

    @property
    def money(self) -> Money:
        """What is owed."""
        return Money(self.amount, self.currency)

    @property
    def called(self) -> str:
        """The invoice as the customer knows it."""
        return f"invoice {self.number}" if self.number else "your last invoice"

    @property
    def is_given_up(self) -> bool:
        """Whether Stripe tries no more by itself."""
        return not self.next_attempt_at


class Done(_Output):
    """What a step did about it: the effect that was done, or why there is none. `status` is that of its receipt."""

    effect_key: str = ""
    mode: str = ""
    status: str = ""
    why_not: str = ""


def failure_of(step: StepContext) -> PaymentFailure:
    """The newest failed try of the case, and how its invoice stands now, whatever was told last."""
    with step.kernel.database.read() as connection:
        tries = step.kernel.log.read(connection, case_id=step.case.id, types=(PaymentFailed.type,))
        failed = max(tries, key=lambda event: _said(event).attempt)
        now = standing.find(connection, _said(failed).object)
    said, thing = _said(failed), _thing(step, failed)
    sender = _customer(thing)
    return PaymentFailure(
        invoice=said.object,
        number=said.number,
        amount=said.amount,
        currency=said.currency,
        subscription=said.subscription,
        attempt=said.attempt,
        next_attempt_at=said.next_attempt_at,
        settled=cast(Any, SETTLED.get(now.status if now else "", "")),
        contact_id=step.identify(sender) if sender.email else "",
        name=sender.name,
        email=sender.email,
        pay_at=str(thing.get("hosted_invoice_url") or "")[:500],
        live=said.live,
    )


def done_by(effect: Effect) -> Done:
    """What the step keeps of an effect that was done."""
    return Done(effect_key=effect.key, mode=effect.mode, status=str((effect.receipt or {}).get("status", "")))


def _said(event: Event) -> PaymentFailed:
    return cast(PaymentFailed, event.payload)


def _thing(step: StepContext, failed: Event) -> Mapping[str, Any]:
    """The invoice as Stripe told of it, which says whose it is; nothing where that was forgotten on request."""
    with step.kernel.database.read() as connection:
        told = step.kernel.log.get(connection, failed.caused_by) if failed.caused_by else None
        if told is None or not isinstance(told.payload, WebhookReceived):
            return {}
        try:
            body: Any = json.loads(blobs.get_bytes(connection, told.payload.blob))
        except NotFound:
            return {}
    return part_of(part_of(cast(Mapping[str, Any], body), "data"), "object")


def _customer(thing: Mapping[str, Any]) -> Sender:
    from aios.connectors.mail.address import checked_address, one_line

    try:
        email = checked_address(str(thing.get("customer_email") or ""))
    except ValueError:
        email = ""
    return Sender(name=one_line(str(thing.get("customer_name") or ""))[:200], email=email)
