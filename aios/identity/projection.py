"""How events change the rows of `contacts` and `contact_aliases`."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.events import catalog
from aios.events.event import Event
from aios.identity.tables import contact_aliases, contacts

_CREATE = sa.insert(contacts)
_CHANGE = sa.update(contacts).where(contacts.c.id == sa.bindparam("changed"))
_ADD_ALIAS = sa.insert(contact_aliases)


class IdentityProjection:
    """Who is known, and what leads to them. A merge sets one pointer, so taking it back restores what was."""

    tables: Sequence[sa.Table] = (contacts, contact_aliases)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the contact of the event up to date."""
        match event.payload:
            case catalog.ContactCreated() as created:
                _create(tx, event, created)
            case catalog.ContactChanged() as changed:
                _change(tx, event, changed)
            case catalog.AliasAdded() as added if not event.forgotten_by:
                _add_alias(tx, event, added)
            case catalog.ContactsMerged() as merge:
                _point(tx, event, merge.merged, merge.kept)
            case catalog.ContactsUnmerged() as unmerge:
                _point(tx, event, unmerge.merged, "")
            case catalog.PersonForgotten() as forgotten:
                _forget(tx, event, forgotten)
            case _:
                pass


def _create(tx: Connection, event: Event, created: catalog.ContactCreated) -> None:
    row = {
        "id": created.contact_id,
        "kind": created.kind,
        "name": created.name,
        "organisation_id": created.organisation_id,
        "language": "",
        "note": "",
        "merged_into": "",
        "created_at": event.at,
        "updated_at": event.at,
    }
    tx.execute(_CREATE, row)


def _change(tx: Connection, event: Event, changed: catalog.ContactChanged) -> None:
    facts = changed.model_dump(exclude={"contact_id"}, exclude_none=True)
    tx.execute(_CHANGE, {"changed": changed.contact_id, **facts, "updated_at": event.at})


def _add_alias(tx: Connection, event: Event, added: catalog.AliasAdded) -> None:
    row = {"kind": added.kind, "value": added.value, "contact_id": added.contact_id, "added_at": event.at}
    tx.execute(_ADD_ALIAS, row)


def _point(tx: Connection, event: Event, merged: str, into: str) -> None:
    tx.execute(_CHANGE, {"changed": merged, "merged_into": into, "updated_at": event.at})


def _forget(tx: Connection, event: Event, forgotten: catalog.PersonForgotten) -> None:
    for contact_id in forgotten.contact_ids:
        tx.execute(_CHANGE, {"changed": contact_id, "forgotten_at": event.at, "updated_at": event.at})
