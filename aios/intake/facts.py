"""Facts: what Stripe told, by webhook or when it was asked, becomes the events that are in it, each once."""

from sqlalchemy.engine import Connection

from aios.connectors.incoming import Problem
from aios.connectors.payments.events import MEDIA_TYPE, facts_of
from aios.connectors.webhooks.incoming import STRIPE, Delivery
from aios.errors import InvalidInput
from aios.events.event import Appended, NewEvent
from aios.events.log import EventLog


def take_facts(log: EventLog, tx: Connection, body: bytes, actor: str, told: str | None = None) -> list[Appended]:
    """Append them; what was told before in another way comes back as a duplicate. `told` is the event that brought it.

    `InvalidInput` where the event has a shape that is not known.
    """
    facts = facts_of(body)
    return log.append_all(
        tx, [NewEvent(each.stream, each.payload, None, STRIPE, each.told_as, actor, told) for each in facts]
    )


def as_problem(delivery: Delivery, error: InvalidInput) -> Problem:
    """An event of a kind that is known in a shape that is not, for the quarantine."""
    name = f"{delivery.source} {delivery.id}: {delivery.kind}"
    return Problem(name, error.message, error.remedy, delivery.body, MEDIA_TYPE, len(delivery.body))
