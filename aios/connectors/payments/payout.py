"""What a payout is made of: each payment, refund and fee in it (docs.stripe.com/api/balance_transactions)."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aios.connectors.contract import differences
from aios.errors import SoftFailure

PAYOUTS = ("payout", "payout_cancel", "payout_failure")
"""Kinds of transactions that are the payout itself, and not in it."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Source(_Said):
    id: str = ""
    description: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] = {}


class _Transaction(_Said):
    id: str
    type: str
    amount: int
    fee: int = 0
    currency: str
    description: str | None = None
    source: _Source | str | None = Field(default=None, union_mode="left_to_right")


class PaidOut(BaseModel):
    """A transaction of a payout: `minor` came in (or went, negative), less `fee`; `payment` is Stripe's id of it.

    `words` are what is said with it, such as the number of an invoice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    kind: str
    minor: int
    fee: int
    currency: str
    payment: str
    words: str


def paid_out(things: Iterable[dict[str, Any]]) -> tuple[PaidOut, ...]:
    """The transactions as Stripe lists them, but the payout's own; `SoftFailure` for a shape that is not known."""
    try:
        read = [_Transaction.model_validate(each) for each in things]
    except ValidationError as error:
        reason = "; ".join(differences(error)[:3])
        raise SoftFailure(f"What Stripe says of a payout has another shape: {reason}.", "Say what it is.") from None
    return tuple(_paid_out(each) for each in read if each.type not in PAYOUTS)


def _paid_out(said: _Transaction) -> PaidOut:
    source = said.source if isinstance(said.source, _Source) else _Source(id=said.source or "")
    words = (said.description, source.description, *source.metadata.values())
    return PaidOut(
        id=said.id,
        kind=said.type,
        minor=said.amount,
        fee=said.fee,
        currency=said.currency.upper(),
        payment=source.payment_intent or source.id,
        words=" \n".join(word for word in words if word)[:2000],
    )
