"""Payments: how invoices and subscriptions at Stripe stand, as far as it has told."""

from typing import Literal

from aios.payments import standing
from aios.processes.recoveries import recoveries
from aios.workspace.api.calls import Answer, Limit, TheKernel, new_router, problems

router = new_router("payments")
Kind = Literal["", "invoice", "subscription"]


class StandingOut(Answer):
    """How it stands; amounts are in minor units. `live` is false for what is of Stripe's test mode."""

    object: str
    kind: str
    status: str
    paused: bool
    amount: int
    paid: int
    currency: str
    customer: str
    subscription: str
    number: str
    due_at: str
    live: bool
    as_of: str


class StandingList(Answer):
    """What is known, what changed last first."""

    payments: list[StandingOut]


class RecoveryOut(Answer):
    """A failed payment under recovery; the case says how far it is. `access` is `paused`, `on` or `none`."""

    case_id: str
    title: str
    customer: str
    status: str
    waiting_on: str
    outcome: str
    step: str
    invoice: str
    number: str
    amount: int
    currency: str
    attempt: int
    next_attempt_at: str
    access: str
    settled: str
    live: bool


class RecoveryList(Answer):
    """Failed payments, what changed last first."""

    recoveries: list[RecoveryOut]


@router.get("/payments/recoveries", summary="List failed payments under recovery", responses=problems(422))
def list_recoveries(kernel: TheKernel, ended: bool = False, limit: Limit = 200) -> RecoveryList:
    """Those that are under way, or those that have ended."""
    with kernel.database.read() as connection:
        found = recoveries(kernel, connection, ended=ended, limit=limit)
    return RecoveryList(recoveries=[RecoveryOut.model_validate(one.fields()) for one in found])


@router.get("/payments", summary="List how payments stand", responses=problems(422))
def list_payments(kernel: TheKernel, kind: Kind = "", status: str = "", limit: Limit = 200) -> StandingList:
    """Invoices and subscriptions at Stripe, narrowed by kind and Stripe's word for their state."""
    with kernel.database.read() as connection:
        found = standing.listing(connection, kind=kind, status=status, limit=limit)
    return StandingList(payments=[StandingOut.model_validate(one) for one in found])
