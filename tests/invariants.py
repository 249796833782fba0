"""The promises that hold after every test: each is checked on the database that the test leaves behind.

A promise is a function that takes the database and raises AssertionError with the sentence it breaks. Add one by
adding it to `PROMISES`; a test that breaks the log on purpose is marked `breaks_promises`.
"""

from collections.abc import Callable

import sqlalchemy as sa

from aios.clock import SystemClock
from aios.database.engine import Database
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


PROMISES: list[Callable[[Database], None]] = [the_log_is_whole, a_fact_enters_once, a_model_call_is_paid_once]


def check_promises(database: Database) -> None:
    """Check them all; a database without a log has nothing to keep."""
    if not sa.inspect(database.engine).has_table(events.name):
        return
    for promise in PROMISES:
        promise(database)
