"""`Seals`: each closed day of the log gets a Merkle root, chained to that of the day before.

A day is closed by UTC. Its events are those from the seal before up to the last one that says it happened by then: by
positions, so that a clock that went back or leapt ahead neither loses an event nor puts it into two days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.errors import Conflict, Tampered
from aios.events.catalog import LogSealed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.merkle import merkle_root
from aios.events.tables import events
from aios.events.tail import GENESIS
from aios.ids import digest

FIRST_DAY = date(2026, 1, 1)
"""No day before it is sealed by itself: events that say they are older belong to the first day that is."""

STREAM = "log/seals"


@dataclass(frozen=True)
class Seal:
    """A day's seal: its events by position (`last` is before `first` where there were none), and their root."""

    day: str
    first: int
    last: int
    count: int
    root: str
    previous: str

    @property
    def digest(self) -> str:
        """What the next seal names as the one before it."""
        return digest({**self.__dict__})


class Seals:
    """The seals of the log. Without them, whoever can write to the database could write another past."""

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def all(self, connection: Connection) -> list[Seal]:
        """Every seal, the oldest first."""
        found: list[Seal] = []
        after = 0
        while page := self.log.read(connection, after=after, types=(LogSealed.type,)):
            found += [seal_of(event.payload) for event in page if isinstance(event.payload, LogSealed)]
            after = page[-1].position
        return found

    def newest(self, connection: Connection) -> Seal | None:
        """The newest seal; None where no day is sealed yet."""
        found = self.log.read(connection, types=(LogSealed.type,), newest_first=True, limit=1)
        return seal_of(found[0].payload) if found and isinstance(found[0].payload, LogSealed) else None

    def of(self, connection: Connection, day: date) -> Seal | None:
        """The seal of a day; None where it has none."""
        first = self._first_day(connection)
        number = (day - first).days + 1 if first else 0
        query = sa.select(events.c.position).where(events.c.stream == STREAM, events.c.seq == number)
        if (position := connection.scalar(query)) is None:
            return None
        said = self.log.read(connection, after=position - 1, limit=1)[0].payload
        return seal_of(said) if isinstance(said, LogSealed) else None

    def days(self, connection: Connection) -> list[date]:
        """The closed days of the log, sealed or not, from that of its first event to yesterday."""
        first = self._first_day(connection)
        last = self._today() - timedelta(days=1)
        return [first + timedelta(days=number) for number in range((last - first).days + 1)] if first else []

    def seal_through(self, day: date) -> list[Seal]:
        """Seal the day, and before it every day that was missed; returns the new seals.

        Sealing again changes nothing. `Conflict` where the day is not over yet: more may happen on it.
        """
        if day >= self._today():
            raise Conflict(f"{day} is not over yet (UTC).", "A day is sealed when it is over.")
        made: list[Seal] = []
        while seal := self._next(day):
            if self._append(seal):
                made.append(seal)
        return made

    def _next(self, until: date) -> Seal | None:
        """The seal that is missing first, up to a day; None where none is."""
        with self.log.database.read() as connection:
            before = self.newest(connection)
            day = date.fromisoformat(before.day) + timedelta(days=1) if before else self._first_day(connection)
            if day is None or day > until:
                return None
            first = before.last + 1 if before else 1
            last = max(before.last if before else 0, _last_by(connection, day + timedelta(days=1)))
            hashes = hashes_between(connection, first, last)
        if len(hashes) != last - first + 1:
            raise Tampered(f"{day} can't be sealed: events are missing.", "See `aios events verify`.")
        root, previous = merkle_root(hashes), before.digest if before else GENESIS
        return Seal(day.isoformat(), first, last, len(hashes), root, previous)

    def _append(self, seal: Seal) -> bool:
        """Record the seal, unless another process has sealed the day since: nobody else writes in a transaction."""
        said = LogSealed(
            day=seal.day,
            first_position=seal.first,
            last_position=seal.last,
            count=seal.count,
            root=seal.root,
            previous_seal=seal.previous,
        )
        with self.log.database.write() as tx:
            newest = self.newest(tx)
            if (newest.digest if newest else GENESIS) != seal.previous:
                return False
            self.log.append(tx, NewEvent(STREAM, said))
        return True

    def _first_day(self, connection: Connection) -> date | None:
        """The first day that is sealed: that of the first event; one that says it is still to come does not count."""
        if sealed := self.log.read(connection, types=(LogSealed.type,), limit=1):
            return date.fromisoformat(sealed[0].payload.day) if isinstance(sealed[0].payload, LogSealed) else None
        query = sa.select(events.c.at).where(events.c.at < to_text(_start(self._today() + timedelta(days=1))))
        at = connection.scalar(query.order_by(events.c.position).limit(1))
        return max(date.fromisoformat(at[:10]), FIRST_DAY) if at else None

    def _today(self) -> date:
        return self.log.clock.now().astimezone(UTC).date()


def seal_of(payload: LogSealed) -> Seal:
    """The seal that an event recorded."""
    return Seal(
        payload.day,
        payload.first_position,
        payload.last_position,
        payload.count,
        payload.root,
        payload.previous_seal,
    )


def next_day(day: str) -> str:
    """The day after a day; `ValueError` where it is none."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def hashes_between(connection: Connection, first: int, last: int) -> Sequence[str]:
    """The hashes of the events from one position to another, in order."""
    query = sa.select(events.c.hash).where(events.c.position.between(first, last))
    return connection.scalars(query.order_by(events.c.position)).all()


def _last_by(connection: Connection, end: date) -> int:
    """The last position whose event happened before the start of a day; 0 where there is none."""
    query = sa.select(events.c.position).where(events.c.at < to_text(_start(end)))
    return connection.scalar(query.order_by(events.c.position.desc()).limit(1)) or 0


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
