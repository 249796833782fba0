"""Naming: a thing as people know it: its title, how it stands, and the page that shows it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import artifacts, cases
from aios.decisions.tables import decisions
from aios.effects.tables import effects
from aios.errors import NotFound
from aios.events.catalog import PolicyAdopted
from aios.events.tables import events
from aios.links.projection import Ref
from aios.links.tables import links
from aios.memory.tables import memory_items

AT_ONCE = 500


@dataclass(frozen=True)
class Thing:
    """Something that influences or is influenced. `state` is how it stands, `link` its page in the workspace."""

    kind: str
    id: str
    title: str
    state: str = ""
    at: str = ""
    case_id: str = ""
    link: str = ""


def named(connection: Connection, refs: Sequence[Ref]) -> dict[Ref, Thing]:
    """Each as a thing; what is kept no more goes by its id."""
    found: dict[Ref, Thing] = {}
    for kind, describe in _DESCRIBE.items():
        ids = [ref.id for ref in dict.fromkeys(refs) if ref.kind == kind]
        for start in range(0, len(ids), AT_ONCE):
            found |= {Ref(kind, thing.id): thing for thing in describe(connection, ids[start : start + AT_ONCE])}
    return {ref: found.get(ref) or Thing(ref.kind, ref.id, ref.id) for ref in refs}


def identify(connection: Connection, id_: str) -> Ref:
    """What an id names; `NotFound` where it names nothing."""
    for kind, describe in _DESCRIBE.items():
        if next(iter(describe(connection, [id_])), None):
            return Ref(kind, id_)
    raise NotFound(f"Nothing is known under {id_!r}.", "Give the id of an item, event, effect, decision or artifact.")


def _cases(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    for row in connection.execute(sa.select(cases).where(cases.c.id.in_(ids))):
        yield Thing("case", row.id, row.title, row.outcome or row.status, row.opened_at, row.id, f"/cases/{row.id}")


def _items(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    for row in connection.execute(sa.select(memory_items).where(memory_items.c.item_id.in_(ids))):
        state = "closed" if row.closed_at else "believed"
        yield Thing("item", row.item_id, row.title, state, row.added_at, "", f"/memory/{row.item_id}")


def _events(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    column = events.c
    query = sa.select(column.id, column.type, column.at, column.case_id, column.position, column.actor)
    for row in connection.execute(query.where(column.id.in_(ids))):
        case_id = row.case_id or ""
        link = f"/cases/{case_id}#event-{row.position}" if case_id else ""
        yield Thing("event", row.id, f"{row.type} by {row.actor}", "", row.at, case_id, link)


def _decisions(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    for row in connection.execute(sa.select(decisions).where(decisions.c.id.in_(ids))):
        yield Thing("decision", row.id, row.title, row.status, row.opened_at, row.case_id or "", f"/decisions/{row.id}")


def _effects(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    column = effects.c
    query = sa.select(column.key, column.connector, column.operation, column.state, column.updated_at, column.case_id)
    query = query.add_columns(cases.c.title).outerjoin(cases, cases.c.id == column.case_id)
    for row in connection.execute(query.where(column.key.in_(ids))):
        link = f"/outbox/effect?key={quote(row.key, safe='')}"
        title = f"{row.connector.capitalize()} {row.operation}: {row.title or row.case_id}"
        yield Thing("effect", row.key, title, row.state, row.updated_at, row.case_id, link)


def _artifacts(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    keys = [tuple(id_.rsplit("/", 2)) for id_ in ids if id_.count("/") == 2 and id_.rsplit("/", 1)[1].isdigit()]
    if not keys:
        return
    column = artifacts.c
    query = sa.select(column.case_id, column.step, column.version, column.at)
    query = query.where(column.case_id.in_({key[0] for key in keys}))
    for row in connection.execute(query):
        if (row.case_id, row.step, str(row.version)) in keys:
            title = f"{row.step.replace('_', ' ')}, version {row.version}, of {row.case_id}"
            link = f"/cases/{row.case_id}#{row.step}-{row.version}"
            yield Thing("artifact", f"{row.case_id}/{row.step}/{row.version}", title, "", row.at, row.case_id, link)


def _documents(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    column = memory_items.c
    query = sa.select(column.source, sa.func.max(column.added_at).label("at"))
    for row in connection.execute(query.where(column.source.in_(ids)).group_by(column.source)):
        if row.source.startswith("document:"):
            link = f"/memory?source={quote(row.source, safe='')}"
            yield Thing("document", row.source, row.source.removeprefix("document:"), "", row.at, "", link)


def _rules(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    query = sa.select(links.c.from_id).where(links.c.from_kind == "rule", links.c.from_id.in_(ids)).distinct()
    for name in connection.scalars(query):
        yield Thing("rule", name, f"rule {name}")


def _policies(connection: Connection, ids: Sequence[str]) -> Iterator[Thing]:
    for id_, at in _adopted(connection):
        if id_ in ids:
            yield Thing("policy", id_, f"policies {id_[:12]}", "", at)


def _adopted(connection: Connection) -> Iterator[tuple[str, str]]:
    query = sa.select(events.c.payload, events.c.at).where(events.c.type == PolicyAdopted.type)
    return ((row.payload["digest"], row.at) for row in connection.execute(query.order_by(events.c.position)))


_DESCRIBE: dict[str, Callable[[Connection, Sequence[str]], Iterator[Thing]]] = {
    "item": _items,
    "event": _events,
    "document": _documents,
    "decision": _decisions,
    "case": _cases,
    "artifact": _artifacts,
    "effect": _effects,
    "rule": _rules,
    "policy": _policies,
}
