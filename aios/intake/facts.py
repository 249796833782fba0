"""Facts: what Stripe told, by webhook or when it was asked, becomes the events that are in it, each once.

A payment that failed opens a case, one for each invoice; what is told of the invoice later goes on in it.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import ENDS_A_ROLLBACK, Cases
from aios.cases.process import PAYMENT_RECOVERY
from aios.connectors.incoming import Problem
from aios.connectors.payments.events import MEDIA_TYPE, Fact, facts_of
from aios.connectors.webhooks.incoming import STRIPE, Delivery
from aios.errors import InvalidInput
from aios.events.catalog import InvoiceChanged, PaymentFailed, PaymentReceived
from aios.events.event import Appended, NewEvent
from aios.events.log import EventLog
from aios.events.tables import events
from aios.money import Money

SETTLES = ("void", "uncollectible", "deleted")
"""States of an invoice that end the case of its failed payment, beside being paid."""

_CASE = (
    sa.select(events.c.case_id)
    .where(events.c.stream == sa.bindparam("stream"), events.c.type == PaymentFailed.type)
    .limit(1)
)


def take_facts(
    log: EventLog, cases: Cases, tx: Connection, body: bytes, actor: str, told: str | None = None
) -> list[Appended]:
    """Append them; what was told before in another way comes back as a duplicate. `told` is the event that brought it.

    `InvalidInput` where the event has a shape that is not known.
    """
    taken: list[Appended] = []
    for fact in facts_of(body):
        known = tx.scalar(_CASE, {"stream": fact.stream}) if _concerns_a_case(fact) else None
        opens = known is None and isinstance(fact.payload, PaymentFailed)
        case_id = cases.next_id(tx, PAYMENT_RECOVERY.name) if opens else known
        appended = log.append(tx, NewEvent(fact.stream, fact.payload, case_id, STRIPE, fact.told_as, actor, told))
        taken.append(appended)
        if case_id and not appended.duplicate:
            _go_on(cases, tx, case_id, appended, opens=opens)
    return taken


def _go_on(cases: Cases, tx: Connection, case_id: str, appended: Appended, *, opens: bool) -> None:
    said, event_id = appended.event.payload, appended.event.id
    if opens and isinstance(said, PaymentFailed):
        test = "" if said.live else " (test mode)"
        title = f"{Money(said.amount, said.currency)} of {said.number or said.object}{test}"
        cases.open(tx, case_id, PAYMENT_RECOVERY.name, title, event_id)
    elif cases.get(tx, case_id).outcome not in (*ENDS_A_ROLLBACK, "recovered"):
        cases.continue_(tx, case_id, PAYMENT_RECOVERY.steps[0], f"Stripe told {appended.event.type}", trigger=event_id)


def _concerns_a_case(fact: Fact) -> bool:
    said = fact.payload
    return isinstance(said, PaymentFailed | PaymentReceived) or (
        isinstance(said, InvoiceChanged) and said.status in SETTLES
    )


def as_problem(delivery: Delivery, error: InvalidInput) -> Problem:
    """An event of a kind that is known in a shape that is not, for the quarantine."""
    name = f"{delivery.source} {delivery.id}: {delivery.kind}"
    return Problem(name, error.message, error.remedy, delivery.body, MEDIA_TYPE, len(delivery.body))
