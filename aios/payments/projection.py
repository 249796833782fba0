"""How the events of payments change what is known of invoices and subscriptions, in whatever order they come."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.upsert import insert_or_renew
from aios.events import catalog
from aios.events.event import Event
from aios.payments.tables import payment_standings as standings

LATER = ("draft", "incomplete", "trialing", "open", "active", "past_due", "unpaid", "uncollectible")
"""States in the order in which they follow each other; what is not named here is an end."""

_KNOWN = sa.select(standings.c.as_of, standings.c.status).where(standings.c.object == sa.bindparam("object"))


class PaymentProjection:
    """What Stripe holds, by what happened last there, not by what was told last."""

    tables = (standings,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Take over what the event says, unless something newer is known."""
        match event.payload:
            case catalog.InvoiceChanged() as said:
                more = {"subscription": said.subscription, "number": said.number, "due_at": said.due_at}
                self._keep(tx, event, said, {**more, "kind": "invoice", "paid": said.paid, "paused": False})
            case catalog.SubscriptionStarted() | catalog.SubscriptionChanged() | catalog.SubscriptionEnded() as said:
                more = {"subscription": said.object, "number": "", "due_at": said.ends_at}
                self._keep(tx, event, said, {**more, "kind": "subscription", "paid": 0, "paused": said.paused})
            case _:
                pass

    def _keep(self, tx: Connection, event: Event, said: catalog.PaymentFact, more: dict[str, Any]) -> None:
        known = tx.execute(_KNOWN, {"object": said.object}).first()
        if known is not None and (known.as_of, _rank(known.status)) > (said.happened_at, _rank(said.status)):
            return
        row = {"object": said.object, "status": said.status, "amount": said.amount, "currency": said.currency}
        row |= {"customer": said.customer, "live": said.live, "as_of": said.happened_at, "event_id": event.id}
        tx.execute(insert_or_renew(tx, standings), {**row, **more})


def _rank(status: str) -> int:
    """Stripe's times are whole seconds: of two states in one, the one that follows the other is the newer."""
    return LATER.index(status) if status in LATER else len(LATER)
