"""A contact as its page shows it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Case
from aios.decisions.decisions import Decision
from aios.decisions.tables import decisions
from aios.effects.ledger import Effect
from aios.effects.tables import effects
from aios.errors import AiosError
from aios.identity.contact import ContactView
from aios.identity.tables import contacts
from aios.kernel import Kernel
from aios.memory.history import Written, contact_history
from aios.memory.item import Item
from aios.memory.tables import SUMMARY
from aios.processes.past import Past, known_at, moment_of

SHOWN = 30
"""Messages, decisions and effects that the page shows, the newest."""


@dataclass(frozen=True)
class ContactPage:
    """Everything on the page. `merged` are id and name of what was merged into it, `candidates` what could be,
    `known` what memory holds about it, `summary` what happened so far, `written` the messages in and out of its newest
    cases. `past` is what was known at an earlier moment, where one was asked for; `problem` says why it can't be told.
    """

    contact: ContactView
    cases: Sequence[Case]
    merged: tuple[tuple[str, str], ...]
    people: Sequence[ContactView]
    known: Sequence[Item]
    summary: Item | None
    candidates: Sequence[ContactView]
    written: Sequence[Written]
    decisions: Sequence[Decision]
    effects: Sequence[Effect]
    past: Past | None = None
    problem: AiosError | None = None


def read(kernel: Kernel, connection: Connection, contact_id: str, find: str) -> ContactPage:
    """The contact behind the id."""
    contact = kernel.contacts.get(connection, contact_id)
    family = kernel.contacts.family(connection, contact_id)
    found = kernel.contacts.list(connection, q=find, kind=contact.kind, limit=20) if find else ()
    cases = kernel.cases.list(connection, contact_ids=family)
    case_ids = [case.id for case in cases]
    return ContactPage(
        contact=contact,
        cases=cases,
        merged=names(connection, contact.merged_from),
        people=_people(kernel, connection, contact),
        known=[item for item in kernel.memory.items(subjects=family, limit=50) if item.kind != SUMMARY],
        summary=kernel.summaries.of(connection, contact_id),
        candidates=[other for other in found if other.id != contact.id],
        written=contact_history(
            kernel.log, connection, family, exclude_case="", before=kernel.log.head(connection) + 1
        )[:SHOWN],
        decisions=_decisions(connection, case_ids),
        effects=_effects(connection, case_ids),
    )


def as_known(kernel: Kernel, found: ContactPage, at: str) -> ContactPage:
    """The page, with what was known at a moment; where that cannot be told, with the reason."""
    try:
        return replace(found, past=known_at(kernel, found.contact.id, moment_of(at)))
    except AiosError as problem:
        return replace(found, problem=problem)


def _decisions(connection: Connection, case_ids: Sequence[str]) -> Sequence[Decision]:
    query = sa.select(decisions).where(decisions.c.case_id.in_(case_ids))
    rows = connection.execute(query.order_by(decisions.c.opened_at.desc(), decisions.c.id).limit(SHOWN)).mappings()
    return [Decision(**row) for row in rows]


def _effects(connection: Connection, case_ids: Sequence[str]) -> Sequence[Effect]:
    query = sa.select(effects).where(effects.c.case_id.in_(case_ids))
    rows = connection.execute(query.order_by(effects.c.position.desc()).limit(SHOWN)).mappings()
    return [Effect(**row) for row in rows]


def names(connection: Connection, ids: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Id and name of those of the ids that are contacts, by name."""
    query = sa.select(contacts.c.id, contacts.c.name).where(contacts.c.id.in_(ids)).order_by(contacts.c.name)
    return tuple((id_, name) for id_, name in connection.execute(query))


def _people(kernel: Kernel, connection: Connection, contact: ContactView) -> Sequence[ContactView]:
    """Who belongs to an organisation."""
    if contact.kind != "organisation":
        return ()
    query = sa.select(contacts.c.id).where(contacts.c.organisation_id == contact.id, contacts.c.merged_into == "")
    return [kernel.contacts.get(connection, id_) for id_ in connection.scalars(query.order_by(contacts.c.name))]


def everybody(connection: Connection, limit: int) -> tuple[tuple[str, str], ...]:
    """Id and name of the contacts that stand for themselves, by name."""
    query = sa.select(contacts.c.id, contacts.c.name).where(contacts.c.merged_into == "")
    return tuple((id_, name) for id_, name in connection.execute(query.order_by(contacts.c.name).limit(limit)))
