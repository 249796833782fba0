"""`Basis`: what the context of a case is made from, besides what is searched for; read anew whenever one is asked for.

Each source has a mark, which changes when the source does: ids of what never changes once it is there, and counts that
only grow. So whoever keeps a context can tell whether it would be made the same way again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.clock import to_text
from aios.decisions.decisions import FACT
from aios.events.catalog import LeadReceived, MessageReceived
from aios.events.log import EventLog
from aios.identity.contact import canonical, families
from aios.identity.tables import contacts
from aios.ids import digest
from aios.memory.item import believed
from aios.memory.preferences import KIND, SUBJECT
from aios.memory.tables import SUMMARY, memory_items

_ITEM = memory_items.c
_CLOSED = sa.func.sum(sa.case((_ITEM.closed_at != "", 1), else_=0))
_PREFERENCES = (
    sa.select(_ITEM.item_id).where(_ITEM.kind == KIND, _ITEM.subject == SUBJECT, _ITEM.closed_at == "")
).order_by(_ITEM.item_id)
_BUSINESS = sa.select(sa.func.count(), _CLOSED).where(_ITEM.subject == "business")


@dataclass(frozen=True)
class Basis:
    """The case's newest message by its log position and time, the ids the contact goes by, and those of their notes.

    `marks` are those of the message, the contact, their other cases, their notes, the business, and the preferences.
    """

    position: int
    at: str
    family: Sequence[str]
    notes: Sequence[str]
    marks: Mapping[str, str]


def read_basis(log: EventLog, connection: Connection, case_id: str, contact_id: str) -> Basis:
    """What the context of the case would be made from now."""
    position, at = _newest_message(log, connection, case_id)
    family = _family(connection, contact_id)
    notes = _about_them(connection, family, case_id, at)
    marks = {
        "message": str(position),
        "contact": digest([contact_id, family, _contact(connection, family)]),
        "cases": digest(_other_cases(connection, family, case_id)),
        "notes": digest(notes),
        "business": digest([int(number or 0) for number in connection.execute(_BUSINESS).one()]),
        "preferences": digest(list(connection.scalars(_PREFERENCES))),
    }
    return Basis(position, at, family, notes, marks)


def _newest_message(log: EventLog, connection: Connection, case_id: str) -> tuple[int, str]:
    types = (LeadReceived.type, MessageReceived.type)
    newest = log.read(connection, case_id=case_id, types=types, newest_first=True, limit=1)
    if newest:
        return newest[0].position, newest[0].at
    return log.head(connection) + 1, to_text(log.clock.now())


def _family(connection: Connection, contact_id: str) -> list[str]:
    if not contact_id:
        return [""]
    root = canonical(connection, contact_id)
    return families(connection, [root])[root]


def _about_them(connection: Connection, family: Sequence[str], case_id: str, at: str) -> list[str]:
    """The ids of what is noted of the contact; of what is made from cases (facts, summaries), of what was known before
    the message, whatever this case has taught or led to since.
    """
    now = _ITEM.item_id.in_(believed(at, subjects=family))
    then = _ITEM.item_id.in_(believed(at, subjects=family, kinds=[FACT, SUMMARY], known_at=at))
    query = sa.select(_ITEM.item_id, _ITEM.attributes, _ITEM.source, now.label("now"), then.label("before"))
    rows = connection.execute(query.where(_ITEM.subject.in_(family)).order_by(_ITEM.item_id)).all()
    own = f"case:{case_id}"
    return [
        row.item_id
        for row in rows
        if (row.before and row.source != own if _is_made(row.attributes) else row.now)
    ]  # fmt: skip


def _is_made(attributes: Mapping[str, Any]) -> bool:
    return "predicate" in attributes or "basis" in attributes


def _contact(connection: Connection, family: Sequence[str]) -> list[list[str]]:
    """What a context says of the contact itself, by whatever of its rows: language, organisation and its name."""
    column, organisation = contacts.c, contacts.alias("organisation")
    query = sa.select(column.id, column.merged_into, column.language, column.organisation_id, organisation.c.name)
    query = query.select_from(contacts.outerjoin(organisation, organisation.c.id == column.organisation_id))
    return [list(row) for row in connection.execute(query.where(column.id.in_(family)).order_by(column.id))]


def _other_cases(connection: Connection, family: Sequence[str], case_id: str) -> list[list[str]]:
    """Which cases are the contact's; what happened in them before the message stands in the log and does not change."""
    query = sa.select(cases.c.id, cases.c.title).where(cases.c.contact_id.in_(family), cases.c.id != case_id)
    return [list(row) for row in connection.execute(query.order_by(cases.c.id))]
