"""`Summaries`: what happened so far with each contact, in one item that is made anew as their cases close.

A summary holds nothing that is not in the log: it quotes, and names the events that it rests on. It is an item of kind
`summary`; a newer one supersedes it. Without it, a context tells of the last few messages of a contact and no more.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import FORGOTTEN
from aios.cases.tables import cases
from aios.clock import to_text
from aios.identity.contact import canonical, families
from aios.identity.tables import contacts
from aios.ids import digest
from aios.memory.briefs import Brief, ClosedCase, brief_of, summed_up
from aios.memory.expiry import ACTOR
from aios.memory.item import Item, all_items, read_items
from aios.memory.memory import Memory
from aios.memory.tables import SUMMARY, memory_items
from aios.memory.told import Told, tell
from aios.memory.versions import SUPERSEDED, correct, retract

TITLE = "What happened so far"

NOT_TOLD = ("spam", "not a lead", FORGOTTEN)
"""Outcomes of cases that say nothing of a customer."""

OTHERS = "the contact, or its cases, are others now"
"""Why a summary is closed that no newer one of the same contact supersedes."""

_ITEM, _CASE = memory_items.c, cases.c


@dataclass(frozen=True)
class Due:
    """A contact whose summary is to be made anew from these cases; without any, the one there is goes."""

    root: str
    cases: tuple[ClosedCase, ...]
    basis: str
    before: tuple[Item, ...]


class Summaries:
    """The summaries. One is made anew when a case closed or went on, or contacts became one or parted; else never."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.log = memory.log

    def due(self, connection: Connection, end: datetime, roots: Sequence[str] = ()) -> list[Due]:
        """The contacts (of these, where any are named) whose summary does not tell what was over by that moment."""
        root_of = _root_of(connection, roots)
        closed, held = _closed_cases(connection, to_text(end), root_of, bool(roots)), _held(connection, root_of, roots)
        withdrawn = _withdrawn(connection)
        found: list[Due] = []
        for root in sorted({*closed, *held}):
            over, before = tuple(closed.get(root, ())), tuple(held.get(root, ()))
            basis = digest([root, [[one.id, one.outcome, one.updated_at] for one in over]])
            told = [(item.subject, item.attributes["basis"]) for item in before]
            is_newer = any(str(item.attributes["until"]) > to_text(end) for item in before)
            if told != [(root, basis)] and (root, basis) not in withdrawn and not is_newer:
                found.append(Due(root, over, basis, before))
        return found

    def make(self, tx: Connection, end: datetime, due: Sequence[Due]) -> list[str]:
        """Make what is due; returns the ids of the new summaries."""
        return [item_id for one in due for item_id in self._make(tx, end, one)]

    def regrouped(self, tx: Connection, roots: Sequence[str]) -> None:
        """Contacts have become one, or parted: none keeps what is told of another."""
        self.memory.make_words(tx)
        now = self.log.clock.now()
        self.make(tx, now, self.due(tx, now, roots))

    def of(self, connection: Connection, contact_id: str) -> Item | None:
        """The summary of a contact, by any of its ids; None where none was made yet."""
        root = canonical(connection, contact_id)
        return next(iter(_held(connection, _root_of(connection, [root]), [root]).get(root, ())), None)

    def _make(self, tx: Connection, end: datetime, due: Due) -> Iterator[str]:
        kept = next((item for item in due.before if item.subject == due.root and due.cases), None)
        for item in due.before:
            if item is not kept:
                retract(tx, self.log, item, OTHERS, ACTOR)
        if not due.cases:
            return
        briefs = [brief_of(self.log, tx, case) for case in due.cases]
        text, attributes = summed_up(briefs), _attributes(briefs, due.basis, to_text(end))
        if kept is not None:
            new = replace(kept, text=text, attributes=kept.attributes | attributes)
            yield correct(tx, self.log, kept, new, "made anew from their cases", ACTOR)
        else:
            told = Told(text, SUMMARY, TITLE, due.root, f"contact:{due.root}", attributes=attributes)
            yield from tell(tx, self.log, [told], ACTOR)


def about_cases(connection: Connection, case_ids: Collection[str]) -> list[str]:
    """The ids of all versions of the summaries of which any has told of one of the cases, whomever they are about."""
    query = sa.select(_ITEM.item_id, _ITEM.attributes).where(_ITEM.kind == SUMMARY)
    first = {
        row.item_id: (row.attributes.get("first", row.item_id), row.attributes) for row in connection.execute(query)
    }
    wanted = set(case_ids)
    telling = {one for one, about in first.values() if wanted & {*about.get("cases", ())}}
    return sorted(item_id for item_id, (one, _) in first.items() if one in telling)


def _attributes(briefs: Sequence[Brief], basis: str, until: str) -> dict[str, object]:
    sources = [
        {"source": f"case:{one.case_id}", "event_id": event_id, "case_id": one.case_id}
        for one in briefs
        for event_id in one.events
    ]
    return {"sources": sources, "cases": [one.case_id for one in briefs], "basis": basis, "until": until}


def _root_of(connection: Connection, roots: Sequence[str]) -> dict[str, str]:
    """Each id of the contacts with the one that it goes by today; without any, each id that was merged into another."""
    if roots:
        found = families(connection, [canonical(connection, root) for root in roots])
        return {member: root for root, members in found.items() for member in members}
    rows = connection.execute(sa.select(contacts.c.id, contacts.c.merged_into).where(contacts.c.merged_into != ""))
    into = {row.id: row.merged_into for row in rows}
    return {id_: _end(into, id_) for id_ in into}


def _end(into: Mapping[str, str], id_: str) -> str:
    while id_ in into:
        id_ = into[id_]
    return id_


def _closed_cases(
    connection: Connection, end: str, root_of: Mapping[str, str], only_these: bool
) -> dict[str, list[ClosedCase]]:
    """The cases that were over by then, by the contact whose they are today, oldest first."""
    forgotten = sa.select(contacts.c.id).where(contacts.c.forgotten_at.is_not(None))
    query = sa.select(_CASE.id, _CASE.title, _CASE.outcome, _CASE.updated_at, _CASE.contact_id)
    query = query.where(_CASE.status == "closed", _CASE.contact_id != "", _CASE.outcome.not_in(NOT_TOLD))
    query = query.where(_CASE.updated_at <= end, _CASE.contact_id.not_in(forgotten))
    if only_these:
        query = query.where(_CASE.contact_id.in_(list(root_of)))
    found: dict[str, list[ClosedCase]] = {}
    for row in connection.execute(query.order_by(_CASE.opened_at, _CASE.id)):
        case = ClosedCase(row.id, row.title, row.outcome, row.updated_at)
        found.setdefault(root_of.get(row.contact_id, row.contact_id), []).append(case)
    return found


def _held(connection: Connection, root_of: Mapping[str, str], roots: Sequence[str]) -> dict[str, list[Item]]:
    """The summaries that are believed, by the contact that they are about today."""
    query = all_items().where(_ITEM.kind == SUMMARY, _ITEM.closed_at == "")
    if roots:
        query = query.where(_ITEM.subject.in_(list(root_of)))
    found: dict[str, list[Item]] = {}
    for item in read_items(connection, query):
        if "basis" in item.attributes:  # what somebody added by hand under this kind is none of ours
            found.setdefault(root_of.get(item.subject, item.subject), []).append(item)
    return found


def _withdrawn(connection: Connection) -> set[tuple[str, str]]:
    """Contact and basis of what was retracted by somebody: the same is not told again."""
    query = sa.select(_ITEM.subject, _ITEM.attributes, _ITEM.closed_reason).where(_ITEM.kind == SUMMARY)
    rows = connection.execute(query.where(_ITEM.closed_at != ""))
    ours = (SUPERSEDED, OTHERS)
    return {(row.subject, row.attributes.get("basis", "")) for row in rows if not row.closed_reason.startswith(ours)}
