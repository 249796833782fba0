"""`Standing`: how an invoice or a subscription at Stripe stands, as far as the log knows."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.payments.tables import payment_standings as standings


@dataclass(frozen=True)
class Standing:
    """Amounts are in minor units. `due_at` is when it is due, or ends as a subscription; `as_of` when it was so."""

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
    event_id: str
    as_of: str


def find(connection: Connection, thing: str) -> Standing | None:
    """How it stands; None where nothing was told of it."""
    row = connection.execute(sa.select(standings).where(standings.c.object == thing)).mappings().first()
    return Standing(**row) if row else None


def listing(connection: Connection, *, kind: str = "", status: str = "", limit: int = 200) -> list[Standing]:
    """What is known, the newest first."""
    query = sa.select(standings).order_by(standings.c.as_of.desc(), standings.c.object).limit(limit)
    for column, value in ((standings.c.kind, kind), (standings.c.status, status)):
        query = query.where(column == value) if value else query
    return [Standing(**row) for row in connection.execute(query).mappings()]
