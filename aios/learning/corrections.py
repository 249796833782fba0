"""`Correction`: what the owner changed in, or said about, a draft, read from the decisions; nothing a lead wrote."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.database import blobs
from aios.decisions.decisions import EFFECT, Decision
from aios.decisions.shown import Shown
from aios.decisions.tables import decisions
from aios.events.catalog import LeadReceived, MessageReceived
from aios.events.log import EventLog
from aios.identity.contact import canonical
from aios.identity.tables import contact_aliases, contacts

RECENT = 200
"""How many of the newest corrections are compared."""


@dataclass(frozen=True)
class Correction:
    """A draft as it was shown (`before`) and as it was sent (`after`; empty where it was not), with the owner's note.

    `names` lead to the contact and `written` is what they wrote: neither may become part of a preference.
    """

    decision_id: str
    case_id: str
    contact_id: str
    at: str
    before: str
    after: str
    note: str
    names: tuple[str, ...]
    written: tuple[str, ...]


def read_corrections(connection: Connection, log: EventLog) -> list[Correction]:
    """The newest corrections of drafts, the newest first."""
    query = sa.select(decisions).where(
        decisions.c.kind == EFFECT, decisions.c.status.in_(("edited", "revised", "rejected"))
    )
    rows = connection.execute(query.order_by(decisions.c.position.desc()).limit(RECENT)).mappings().all()
    return [one for row in rows for one in _correction(connection, log, Decision(**row))]


def read_some(connection: Connection, log: EventLog, ids: Sequence[str]) -> list[Correction]:
    """The corrections of those decisions."""
    rows = connection.execute(sa.select(decisions).where(decisions.c.id.in_(ids))).mappings().all()
    return [one for row in rows for one in _correction(connection, log, Decision(**row))]


def _correction(connection: Connection, log: EventLog, decision: Decision) -> Iterator[Correction]:
    shown = Shown.model_validate(blobs.find_json(connection, decision.shown, {"title": "forgotten on request"}))
    before = shown.proposal.get("text")
    contact = connection.scalar(sa.select(cases.c.contact_id).where(cases.c.id == decision.case_id))
    if not isinstance(before, str) or not contact or not decision.case_id:
        return
    edits: dict[str, object] = blobs.find_json(connection, decision.edits_blob, {})
    root = canonical(connection, contact)
    types = (LeadReceived.type, MessageReceived.type)
    messages = [event.payload for event in log.read(connection, case_id=decision.case_id, types=types)]
    yield Correction(
        decision_id=decision.id,
        case_id=decision.case_id,
        contact_id=root,
        at=decision.answered_at or "",
        before=before,
        after=str(edits.get("text", "")),
        note=decision.note,
        names=_names(connection, [contact, root]),
        written=tuple(
            f"{message.subject}\n{message.text}"
            for message in messages
            if isinstance(message, LeadReceived | MessageReceived)
        ),
    )


def _names(connection: Connection, ids: Sequence[str]) -> tuple[str, ...]:
    named = connection.execute(
        sa.select(contacts.c.name, contacts.c.organisation_id).where(contacts.c.id.in_(ids))
    ).all()
    whose = [*ids, *(row.organisation_id for row in named if row.organisation_id)]
    organisations = connection.scalars(sa.select(contacts.c.name).where(contacts.c.id.in_(whose))).all()
    aliases = connection.scalars(
        sa.select(contact_aliases.c.value).where(contact_aliases.c.contact_id.in_(whose))
    ).all()
    return tuple(dict.fromkeys(name for name in (*(row.name for row in named), *organisations, *aliases) if name))
