"""Memory as its page shows it: what was found and why, what is believed by kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.kernel import Kernel
from aios.memory.item import Item, all_items, believed, read_items
from aios.memory.recalled import Recall
from aios.memory.tables import memory_items
from aios.processes.past import moment_of
from aios.workspace.reading import contact

LISTED = 60
"""Items that the page lists where nothing is searched for."""

FOUND = 20
MOST_CONTACTS = 500

_ITEM = memory_items.c


@dataclass(frozen=True)
class Wanted:
    """What the page is asked for; an empty field narrows nothing. `at` and `known_at` are days or times."""

    q: str = ""
    kind: str = ""
    about: str = ""
    at: str = ""
    known_at: str = ""
    source: str = ""
    closed: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.q or self.kind or self.about or self.at or self.known_at or self.source or self.closed)


@dataclass(frozen=True)
class Listing:
    """What fits: `recall` where words were given, else `items`, of which there are `count`."""

    recall: Recall | None
    items: Sequence[Item]
    count: int
    names: dict[str, str]


@dataclass(frozen=True)
class MemoryPage:
    """What stands around the listing: counts of what is believed by kind, of what no longer is, contacts."""

    kinds: dict[str, int]
    closed: int
    contacts: tuple[tuple[str, str], ...]

    @property
    def believed(self) -> int:
        """How many items are believed."""
        return sum(self.kinds.values())


def read(connection: Connection) -> MemoryPage:
    """The frame of the page."""
    kinds = sa.select(_ITEM.kind, sa.func.count()).where(_ITEM.closed_at == "").group_by(_ITEM.kind)
    closed = sa.select(sa.func.count()).select_from(memory_items).where(_ITEM.closed_at != "")
    return MemoryPage(
        kinds={kind: number for kind, number in connection.execute(kinds.order_by(_ITEM.kind))},
        closed=connection.scalar(closed) or 0,
        contacts=contact.everybody(connection, MOST_CONTACTS),
    )


def find(kernel: Kernel, wanted: Wanted) -> Listing:
    """What fits; with words, the best first, and else the newest."""
    at = to_text(moment_of(wanted.at)) if wanted.at else ""
    known_at = to_text(moment_of(wanted.known_at)) if wanted.known_at else ""
    kinds = (wanted.kind,) if wanted.kind else ()
    with kernel.database.read() as connection:
        subjects = _subjects(kernel, connection, wanted.about)
    if wanted.q:
        recall = kernel.memory.search(
            wanted.q, k=FOUND, kinds=kinds, subjects=subjects, at=at or known_at, known_at=known_at
        )
        return Listing(recall, (), len(recall.found), {})
    query = sa.select(_ITEM.item_id)
    if not wanted.closed:
        now = at or known_at or to_text(kernel.clock.now())
        query = believed(now, subjects=subjects, kinds=kinds, known_at=known_at)
    else:
        query = query.where(_ITEM.closed_at != "", *([_ITEM.kind.in_(kinds)] if kinds else []))
    if wanted.source:
        query = query.where(_ITEM.source == wanted.source)
    with kernel.database.read() as connection:
        newest = all_items().where(_ITEM.item_id.in_(query)).order_by(None)
        newest = newest.order_by(_ITEM.added_at.desc(), _ITEM.source, _ITEM.ordinal, _ITEM.item_id).limit(LISTED)
        items = read_items(connection, newest)
        count = connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
        return Listing(None, items, count, _names(connection, {item.subject for item in items}))


def _subjects(kernel: Kernel, connection: Connection, about: str) -> Sequence[str]:
    if not about or about == "business":
        return (about,) if about else ()
    return kernel.contacts.family(connection, about)


def _names(connection: Connection, subjects: set[str]) -> dict[str, str]:
    """Contacts by name; a subject that is none goes by what it says."""
    known = dict(contact.names(connection, subjects - {"business"}))
    return {subject: known.get(subject, subject) for subject in subjects}
