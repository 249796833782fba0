"""`ContactView`: a person or organisation as one sees it, with everything that was merged into it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.errors import Conflict, NotFound
from aios.identity.tables import contact_aliases, contacts


@dataclass(frozen=True)
class Alias:
    """What leads to a contact: a mail address, a phone number, a domain, another name."""

    kind: str
    value: str


@dataclass(frozen=True)
class ContactView:
    """A canonical contact. `merged_from` are the contacts merged into it, `cases` theirs and its own, oldest first.

    `forgotten_at` says when it was forgotten on request; None where it was not.
    """

    id: str
    kind: str
    name: str
    organisation_id: str
    organisation: str
    language: str
    note: str
    created_at: str
    forgotten_at: str | None
    aliases: tuple[Alias, ...]
    merged_from: tuple[str, ...]
    cases: tuple[str, ...]

    def values(self, kind: str) -> tuple[str, ...]:
        """The values of its aliases of a kind."""
        return tuple(alias.value for alias in self.aliases if alias.kind == kind)


def canonical(connection: Connection, contact_id: str) -> str:
    """The id of the contact that this one stands for today; `NotFound` where there is none."""
    while True:
        into = connection.scalar(sa.select(contacts.c.merged_into).where(contacts.c.id == contact_id))
        if into is None:
            raise NotFound(f"There is no contact {contact_id}.", "List them on the Contacts page.")
        if not into:
            return contact_id
        contact_id = into


def require_known(connection: Connection, contact_ids: Iterable[str]) -> None:
    """`Conflict` where one of the contacts was forgotten on request: nothing is learned of them any more."""
    gone = sa.select(contacts.c.id).where(contacts.c.id.in_(list(contact_ids)), contacts.c.forgotten_at.is_not(None))
    if found := connection.scalar(gone):
        raise Conflict(f"{found} was forgotten on request.", "Choose a contact of the Contacts page.")


def families(connection: Connection, roots: Sequence[str]) -> dict[str, list[str]]:
    """For each canonical id, itself and every contact merged into it, directly or through another."""
    root_of = {root: root for root in roots}
    level = list(roots)
    while level:
        query = sa.select(contacts.c.id, contacts.c.merged_into).where(contacts.c.merged_into.in_(level))
        found = {row.id: root_of[row.merged_into] for row in connection.execute(query)}
        root_of |= found
        level = list(found)
    members: dict[str, list[str]] = {root: [] for root in roots}
    for member in sorted(root_of):
        members[root_of[member]].append(member)
    return members


def view(connection: Connection, roots: Sequence[str]) -> list[ContactView]:
    """The canonical contacts of those ids, in that order, read set by set."""
    family = families(connection, roots)
    root_of = {member: root for root, members in family.items() for member in members}
    rows = {row["id"]: dict(row) for row in _select(connection, contacts, contacts.c.id, root_of)}
    aliases = _grouped(
        _select(connection, contact_aliases, contact_aliases.c.contact_id, root_of), "contact_id", root_of
    )
    held = _grouped(_select(connection, cases, cases.c.contact_id, root_of), "contact_id", root_of)
    organisations = _organisations(connection, {str(row["organisation_id"]) for row in rows.values()} - {""})
    views: list[ContactView] = []
    for root in roots:
        row, organisation = rows[root], _first_organisation([rows[root], *(rows[m] for m in family[root])])
        views.append(
            ContactView(
                **{
                    name: row[name] for name in ("id", "kind", "name", "language", "note", "created_at", "forgotten_at")
                },
                organisation_id=organisations.get(organisation, ("", ""))[0],
                organisation=organisations.get(organisation, ("", ""))[1],
                aliases=tuple(
                    Alias(*pair) for pair in sorted({(a["kind"], a["value"]) for a in aliases.get(root, [])})
                ),
                merged_from=tuple(member for member in family[root] if member != root),
                cases=tuple(c["id"] for c in sorted(held.get(root, []), key=lambda c: (c["opened_at"], c["id"]))),
            )
        )
    return views


def _select(
    connection: Connection, table: sa.Table, column: sa.Column[str], ids: dict[str, str]
) -> list[dict[str, Any]]:
    query = sa.select(table).where(column.in_(list(ids)))
    return [dict(row) for row in connection.execute(query).mappings()]


def _grouped(rows: list[dict[str, Any]], key: str, root_of: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(root_of[row[key]], []).append(row)
    return groups


def _first_organisation(rows: list[dict[str, Any]]) -> str:
    return next((str(row["organisation_id"]) for row in rows if row["organisation_id"]), "")


def _organisations(connection: Connection, ids: set[str]) -> dict[str, tuple[str, str]]:
    roots = {id_: canonical(connection, id_) for id_ in sorted(ids)}
    query = sa.select(contacts.c.id, contacts.c.name).where(contacts.c.id.in_(list(roots.values())))
    names = {row.id: row.name for row in connection.execute(query)}
    return {id_: (root, names[root]) for id_, root in roots.items()}
