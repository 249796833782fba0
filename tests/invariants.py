"""The promises that hold after every test: each is checked on the database that the test leaves behind.

A promise is a function that takes the database and raises AssertionError with the sentence it breaks. Add one by
adding it to `PROMISES`; a test that breaks the log on purpose is marked `breaks_promises`.
"""

from collections.abc import Callable

import sqlalchemy as sa

from aios.books.numbering import gaps
from aios.books.tables import entries, postings
from aios.clock import SystemClock
from aios.database.engine import Database
from aios.events.catalog import (
    EffectApproved,
    EffectCaptured,
    EffectClaimed,
    EffectProposed,
    EffectSucceeded,
    EffectWithdrawn,
)
from aios.events.integrity import verify
from aios.events.log import EventLog
from aios.events.tables import events


def the_log_is_whole(database: Database) -> None:
    """Every event follows the one before it, unchanged (the hash chain)."""
    found = verify(EventLog(database, SystemClock()))
    assert found.ok, found.problem


def a_fact_enters_once(database: Database) -> None:
    """Promise 1: `source` and `source_id` together occur once."""
    pair = (events.c.source, events.c.source_id)
    query = sa.select(*pair).where(events.c.source.is_not(None)).group_by(*pair).having(sa.func.count() > 1)
    with database.read() as connection:
        assert not connection.execute(query).all(), "a fact entered the log twice"


def a_model_call_is_paid_once(database: Database) -> None:
    """Promise 5: one journalled answer per request, one settlement per reservation, none without one."""
    log = EventLog(database, SystemClock())
    with database.read() as connection:
        found = log.read(connection, types=["model.answered", "budget.reserved", "budget.settled"], limit=100_000)
    ids: dict[str, list[str]] = {"model.answered": [], "budget.reserved": [], "budget.settled": []}
    for event in found:
        name = "request_hash" if event.type == "model.answered" else "reservation_id"
        ids[event.type].append(getattr(event.payload, name))
    for kind, seen in ids.items():
        assert len(seen) == len(set(seen)), f"{kind} twice for the same"
    assert set(ids["budget.settled"]) <= set(ids["budget.reserved"]), "money was settled that was never held"


def nothing_happens_twice_or_unasked(database: Database) -> None:
    """Promises 2 and 4: per key one success at most, and no claim without a standing approval by rule or decision."""
    log = EventLog(database, SystemClock())
    approved: set[str] = set()
    done: set[str] = set()
    with database.read() as connection:
        found = [event for event in log.read(connection, limit=100_000) if event.type.startswith("effect.")]
    for event in found:
        key = getattr(event.payload, "key")  # noqa: B009  # every effect's payload has one
        match event.payload:
            case EffectApproved() as said:
                assert said.decision_id or said.rule, f"{key} was approved by nobody"
                approved.add(key)
            case EffectClaimed():
                assert key in approved, f"{key} was claimed without an approval"
            case EffectProposed() | EffectWithdrawn():
                approved.discard(key)
            case EffectSucceeded() | EffectCaptured():
                assert key not in done, f"{key} succeeded twice"
                done.add(key)
            case _:
                pass


def a_decision_is_answered_once(database: Database) -> None:
    """Promise 4: a decision is used once, and what it approves is what it showed or the owner's own edit."""
    log = EventLog(database, SystemClock())
    with database.read() as connection:
        made = log.read(connection, types=["decision.made", "decision.expired", "decision.voided"], limit=100_000)
    ids = [getattr(event.payload, "decision_id") for event in made]  # noqa: B009
    assert len(ids) == len(set(ids)), "a decision ended twice"


def the_books_are_right(database: Database) -> None:
    """No number is missing in any series, and every entry has postings, each of them balanced."""
    bare = sa.select(entries.c.key).where(entries.c.key.not_in(sa.select(postings.c.key)))
    with database.read() as connection:
        assert not gaps(connection), "a number is missing"
        assert not connection.execute(bare).all(), "an entry has no postings"


PROMISES: list[Callable[[Database], None]] = [
    the_log_is_whole,
    a_fact_enters_once,
    nothing_happens_twice_or_unasked,
    a_decision_is_answered_once,
    a_model_call_is_paid_once,
    the_books_are_right,
]


def check_promises(database: Database) -> None:
    """Check them all; a database without a log has nothing to keep."""
    if not sa.inspect(database.engine).has_table(events.name):
        return
    for promise in PROMISES:
        promise(database)
