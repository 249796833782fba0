"""A contact's history: what they wrote and what we answered in their earlier cases, read from the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.database.blobs import find_json
from aios.events import catalog
from aios.events.event import Event
from aios.events.log import EventLog

MOST_CASES = 5
"""How many earlier cases are read, the newest first."""

_TYPES = (
    catalog.LeadReceived.type,
    catalog.MessageReceived.type,
    catalog.EffectApproved.type,
    catalog.EffectSucceeded.type,
    catalog.EffectCaptured.type,
)


@dataclass(frozen=True)
class Written:
    """A message from the contact (`in`) or an answer that went out to them (`out`; in the sandbox: would have)."""

    event_id: str
    position: int
    at: str
    case_id: str
    direction: str
    subject: str
    text: str


def contact_history(
    log: EventLog, connection: Connection, family: Sequence[str], *, exclude_case: str, before: int
) -> list[Written]:
    """What was written in other cases of a contact, by any of its ids, before a log position; newest first.

    The position keeps it the same for as long as the case has no newer message.
    """
    query = sa.select(cases.c.id).where(cases.c.contact_id.in_(family))
    query = query.where(cases.c.id != exclude_case).order_by(cases.c.opened_at.desc(), cases.c.id.desc())
    found: list[Written] = []
    for case_id in connection.scalars(query).all():
        written = list(written_in(log, connection, case_id, before))
        found.extend(written)
        if len({one.case_id for one in found}) == MOST_CASES:
            break
    return sorted(found, key=lambda one: -one.position)


def written_in(log: EventLog, connection: Connection, case_id: str, before: int) -> Iterator[Written]:
    """What came in and went out in a case before a log position, oldest first."""
    requests: dict[str, str] = {}
    for event in log.read(connection, case_id=case_id, types=_TYPES):
        if event.position >= before:
            return
        match event.payload:
            case catalog.IncomingMessage() as message:
                yield _one(event, "in", message.subject, message.text)
            case catalog.EffectApproved() as approved:
                requests[approved.key] = approved.request
            case (catalog.EffectSucceeded() | catalog.EffectCaptured()) as done if done.key in requests:
                request: dict[str, Any] = find_json(connection, requests[done.key], {})
                if text := str(request.get("text", "")):
                    yield _one(event, "out", str(request.get("subject", "")), text)
            case _:
                pass


def _one(event: Event, direction: str, subject: str, text: str) -> Written:
    return Written(event.id, event.position, event.at, event.case_id or "", direction, subject, text)
