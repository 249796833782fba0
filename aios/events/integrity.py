"""Verify the chain; rebuild the projections from the log; compare them by digest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.events.log import EventLog
from aios.events.tables import events, log_head
from aios.events.tail import GENESIS, event_hash
from aios.ids import digest

PAGE = 1000


@dataclass(frozen=True)
class Verification:
    """What a walk over the chain found. `broken_at` is the first position that does not fit, 0 if all do."""

    events: int
    broken_at: int
    problem: str

    @property
    def ok(self) -> bool:
        """Whether the log is whole."""
        return self.broken_at == 0


def verify(log: EventLog) -> Verification:
    """Walk the chain from the first event; finds a changed, removed or reordered one and says which."""
    previous, expected = GENESIS, 1
    with log.database.read() as connection:
        while rows := _page(connection, expected - 1):
            for row in rows:
                if problem := _problem(row, previous, expected):
                    return Verification(expected - 1, expected, problem)
                previous, expected = row["hash"], expected + 1
        head = connection.execute(sa.select(log_head.c.position, log_head.c.hash)).first()
    if head is not None and (head.position, head.hash) != (expected - 1, previous):
        return Verification(expected - 1, expected, "events are missing at the end of the log")
    return Verification(expected - 1, 0, "")


def rebuild(log: EventLog, progress: Callable[[int], None] = lambda _: None) -> int:
    """Empty every projection and derive it again from the log, in one transaction; returns the events replayed."""
    done = 0
    with log.database.write() as tx:
        for table in (table for projection in log.projections for table in reversed(projection.tables)):
            tx.execute(sa.delete(table))
        while batch := log.read(tx, after=done, limit=PAGE):
            log.project(tx, batch)
            done = batch[-1].position
            progress(done)
    return done


def projection_digests(log: EventLog) -> dict[str, str]:
    """For each projection table, a digest of its rows in the order of their keys."""
    with log.database.read() as connection:
        return {
            table.name: _table_digest(connection, table)
            for projection in log.projections
            for table in projection.tables
        }


def _table_digest(connection: Connection, table: sa.Table) -> str:
    rows = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
    return digest([[_plain(value) for value in row] for row in rows])


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _page(connection: Connection, after: int) -> list[dict[str, Any]]:
    query = sa.select(events).where(events.c.position > after).order_by(events.c.position).limit(PAGE)
    return [dict(row) for row in connection.execute(query).mappings()]


def _problem(row: dict[str, Any], previous: str, expected: int) -> str:
    if row["position"] != expected:
        return f"event {expected} is missing"
    if row["previous_hash"] != previous:
        return f"event {expected} does not follow the one before it"
    if event_hash(row) != row["hash"]:
        return f"event {expected} ({row['type']}) was changed"
    return ""
