"""Payments: failed ones under recovery, and what Stripe has told."""

from fastapi import Request
from starlette.responses import Response

from aios.payments import standing
from aios.processes import recoveries
from aios.workspace.rendering import page
from aios.workspace.routes.pages import TheKernel, new_router

router = new_router()

ENDED, STANDINGS, EVENTS = 20, 50, 100
"""How many the page shows; the commands list all."""


@router.get("/payments")
def show(request: Request, kernel: TheKernel, kind: str = "") -> Response:
    """The page; `kind` narrows down what Stripe has told."""
    with kernel.database.read() as connection:
        return page(
            request,
            "payments.html",
            recovering=recoveries.recoveries(kernel, connection),
            ended=recoveries.recoveries(kernel, connection, ended=True)[:ENDED],
            events=recoveries.told(kernel, connection, kind=kind, limit=EVENTS),
            types=recoveries.TYPES,
            kind=kind,
            subscriptions=standing.listing(connection, kind="subscription", limit=STANDINGS),
            configured=kernel.payment_events.configured,
        )
