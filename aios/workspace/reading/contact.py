"""A contact as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Case
from aios.identity.contact import ContactView
from aios.identity.tables import contacts
from aios.kernel import Kernel
from aios.memory.item import Item


@dataclass(frozen=True)
class ContactPage:
    """Everything on the page. `merged` are id and name of what was merged into it, `candidates` what could be,
    `known` what memory holds about it.
    """

    contact: ContactView
    cases: Sequence[Case]
    merged: tuple[tuple[str, str], ...]
    people: Sequence[ContactView]
    known: Sequence[Item]
    candidates: Sequence[ContactView]


def read(kernel: Kernel, connection: Connection, contact_id: str, find: str) -> ContactPage:
    """The contact behind the id."""
    contact = kernel.contacts.get(connection, contact_id)
    family = kernel.contacts.family(connection, contact_id)
    found = kernel.contacts.list(connection, q=find, kind=contact.kind, limit=20) if find else ()
    return ContactPage(
        contact=contact,
        cases=kernel.cases.list(connection, contact_ids=family),
        merged=_names(connection, contact.merged_from),
        people=_people(kernel, connection, contact),
        known=kernel.memory.items(subjects=family, limit=50),
        candidates=[other for other in found if other.id != contact.id],
    )


def _names(connection: Connection, ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
    query = sa.select(contacts.c.id, contacts.c.name).where(contacts.c.id.in_(ids)).order_by(contacts.c.name)
    return tuple((id_, name) for id_, name in connection.execute(query))


def _people(kernel: Kernel, connection: Connection, contact: ContactView) -> Sequence[ContactView]:
    """Who belongs to an organisation."""
    if contact.kind != "organisation":
        return ()
    query = sa.select(contacts.c.id).where(contacts.c.organisation_id == contact.id, contacts.c.merged_into == "")
    return [kernel.contacts.get(connection, id_) for id_ in connection.scalars(query.order_by(contacts.c.name))]
