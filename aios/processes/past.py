"""What was known about a contact at a moment: the log replayed up to there, and asked as the present is asked.

The tables of the past are made in a database in memory by the projections that make those of today, from the events
that concern the contact. Nothing of it is kept.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from aios.cases.cases import Case
from aios.clock import to_text
from aios.database import blobs
from aios.database.schema import metadata
from aios.decisions.decisions import Decision
from aios.errors import InvalidInput, NotFound
from aios.events.catalog import CATALOG, CaseNamed
from aios.events.event import Event
from aios.events.log import EventLog
from aios.events.tables import events
from aios.identity.contact import ContactView
from aios.kernel import Kernel
from aios.memory.item import believed
from aios.memory.tables import memory_items

FORGOTTEN = "(its text has been forgotten since)"

_ABOUT_CONTACTS = tuple(name for name in CATALOG if name.startswith(("contact.", "memory.")))
_ABOUT_CASES = tuple(name for name in CATALOG if name not in _ABOUT_CONTACTS)

MANY = 100_000
"""More cases than one contact has."""


@dataclass(frozen=True)
class Remembered:
    """A memory item that was believed and valid at the moment."""

    item_id: str
    kind: str
    title: str
    text: str
    source: str
    valid_from: str
    valid_to: str
    added_at: str


@dataclass(frozen=True)
class Past:
    """What was known at a moment, after the event at `position`; `decisions` are those that were open then."""

    at: str
    position: int
    contact: ContactView
    memory: tuple[Remembered, ...]
    cases: tuple[Case, ...]
    decisions: tuple[Decision, ...]


def moment_of(text: str) -> datetime:
    """A moment as a person writes it; a day means its end, so that all of it counts. UTC where no zone is given."""
    try:
        if len(text) <= len("2026-05-03"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, microseconds=-1)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{text!r} is no day or time.", "Write 2026-05-03, or 2026-05-03T14:00.") from None


def known_at(kernel: Kernel, contact_id: str, moment: datetime) -> Past:
    """What was known about a contact; `NotFound` where it was not known then.

    A moment is the point in the log behind the last event that says it happened by then: what had entered before,
    counts, also where a clock was wrong.
    """
    at = to_text(moment)
    with kernel.database.read() as now, _empty(kernel.log) as past:
        position = _position(now, at)
        _replay(kernel.log, past, _read(kernel.log, now, position, _ABOUT_CONTACTS))
        try:
            family = kernel.contacts.family(past, contact_id)
        except NotFound:
            raise NotFound(f"{contact_id} was not known on {at[:10]}.", "Ask for a later day.") from None
        for case_id in _cases_of(kernel.log, now, position, family):
            _replay(kernel.log, past, _read(kernel.log, now, position, _ABOUT_CASES, case_id))
        cases = kernel.cases.list(past, contact_ids=family, limit=MANY)
        return Past(
            at=at,
            position=position,
            contact=kernel.contacts.get(past, contact_id),
            memory=tuple(_remembered(past, now, family, at)),
            cases=tuple(cases),
            decisions=tuple(
                decision for case in cases for decision in kernel.decisions.list(past, case_id=case.id, status="open")
            ),
        )


@contextmanager
def _empty(log: EventLog) -> Generator[Connection]:
    """A database in memory that has every table that follows from the log, and no row."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    tables = [table for projection in log.projections for table in projection.tables]
    try:
        with engine.connect() as connection:
            metadata.create_all(connection, tables=tables)
            yield connection
    finally:
        engine.dispose()


def _position(connection: Connection, at: str) -> int:
    query = sa.select(events.c.position).where(events.c.at <= at).order_by(events.c.position.desc()).limit(1)
    return connection.scalar(query) or 0


def _read(
    log: EventLog, connection: Connection, until: int, types: Sequence[str], case_id: str | None = None
) -> Iterator[list[Event]]:
    """The events up to a position, page by page."""
    after = 0
    while page := log.read(connection, after=after, types=types, case_id=case_id):
        after = page[-1].position
        yield [event for event in page if event.position <= until]
        if after >= until:
            return


def _replay(log: EventLog, past: Connection, pages: Iterator[list[Event]]) -> None:
    for page in pages:
        log.project(past, page)


def _cases_of(log: EventLog, connection: Connection, until: int, family: Sequence[str]) -> list[str]:
    """Every case that was the contact's at some time up to a position; the replay says which ones still were."""
    named = (event for page in _read(log, connection, until, (CaseNamed.type,)) for event in page)
    found = {
        event.case_id: None
        for event in named
        if isinstance(event.payload, CaseNamed) and event.payload.contact_id in family and event.case_id
    }
    return list(found)


def _remembered(past: Connection, now: Connection, family: Sequence[str], at: str) -> Iterator[Remembered]:
    wanted = memory_items.c.item_id.in_(believed(at, subjects=family))
    query = sa.select(memory_items).where(wanted).order_by(memory_items.c.added_at, memory_items.c.item_id)
    for row in past.execute(query).mappings():
        try:
            text = blobs.get_bytes(now, row["blob"]).decode()
        except NotFound:
            text = FORGOTTEN
        yield Remembered(text=text, **{name: row[name] for name in Remembered.__dataclass_fields__ if name != "text"})
