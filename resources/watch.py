"""What is new since the sensors last looked: a glance that costs a fraction of a millisecond.

Each tick of a Dagster sensor costs tens of milliseconds, mostly Dagster's own. So at rest the sensors tick seldom, and
this glance, many times a second, says when there is something for them to see.
"""

import os
import time
from contextlib import closing
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.pool import PoolProxiedConnection

from aios.effects import ledger
from aios.events.tables import events
from aios.kernel import Kernel

News = Literal["", "some", "urgent"]

URGENT = frozenset({"case.opened", "case.continued", "effect.approved", "outgoing.released"})
"""The types of events that a sensor starts a run for."""

LOOK_FOR_DUE = 1.0
"""Seconds between two questions whether an effect has become due, while there is one that time alone makes so."""

Stamp = tuple[object, ...]


class Watch:
    """Remembers what it saw last, and says what a later glance finds."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._line: PoolProxiedConnection | None = None
        self._head = 0
        self._asked_for_due = 0.0
        self._unsettled = True
        home = kernel.settings.home
        self._inbox = home / "inbox"
        self._kept = (home / "business", home / "policies.yaml")
        self._stamps: tuple[Stamp, ...] = ()

    def glance(self) -> News:
        """`urgent` where a sensor has something to do now, `some` where anything at all has happened."""
        found = [self._events(), self._files(), self._due()]
        return "urgent" if "urgent" in found else "some" if "some" in found else ""

    def _events(self) -> News:
        if self._newest() == self._head:
            return ""
        query = select(events.c.position, events.c.type).where(events.c.position > self._head)
        with self._kernel.database.read() as connection:
            new = connection.execute(query.order_by(events.c.position.desc()).limit(1000)).all()
        if not new:
            return ""
        self._head = new[0].position
        self._unsettled = True
        return "urgent" if any(event.type in URGENT for event in new) else "some"

    def _newest(self) -> int:
        """The newest position, over a connection of its own that is kept: this question is asked all day."""
        line = self._line or self._kernel.database.engine.raw_connection()
        self._line = None
        with closing(line.cursor()) as cursor:
            cursor.execute("SELECT position FROM log_head")
            found = cursor.fetchone()
        line.rollback()
        self._line = line
        return found[0] if found else 0

    def _files(self) -> News:
        stamps = (_dropped(self._inbox), *(_stamp(path) for path in self._kept))
        changed, self._stamps = stamps != self._stamps, stamps
        return "urgent" if changed else ""

    def _due(self) -> News:
        """No effect becomes unsettled without an event, so where there was none and the log rests, there is none."""
        if not self._unsettled or time.monotonic() < self._asked_for_due + LOOK_FOR_DUE:
            return ""
        self._asked_for_due = time.monotonic()
        with self._kernel.database.read() as connection:
            self._unsettled = ledger.unsettled(connection)
            return "urgent" if self._unsettled and self._kernel.executor.due(connection) else ""


def _dropped(folder: Path) -> Stamp:
    """The names in the inbox folder; hidden ones are not finished, or ours."""
    try:
        return tuple(sorted(name for name in os.listdir(folder) if not name.startswith(".")))
    except FileNotFoundError:
        return ()


def _stamp(path: Path) -> Stamp:
    """When the file was changed, or the folder gained or lost an entry, and its size."""
    try:
        known = os.stat(path)
    except FileNotFoundError:
        return (0, 0)
    return known.st_mtime_ns, known.st_size
