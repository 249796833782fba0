"""`Breaker`: stops calls to a service that fails, for every process at once, until one probe finds it back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import Clock, from_text, to_text
from aios.database.prepared import Prepared
from aios.traffic.tables import breakers

THRESHOLD = 5
"""Failures in a row after which it opens."""

FIRST_OPEN = 30.0
"""Seconds it stays open the first time; doubled each time a probe fails, up to `LONGEST_OPEN`."""

LONGEST_OPEN = 600.0

_ROW = Prepared(sa.select(breakers).where(breakers.c.name == sa.bindparam("name")))
_CLOSED: dict[str, Any] = {"failures": 0, "opened": 0, "until": None, "probe_until": None, "kind": "", "reason": ""}
_CLOSE = Prepared(
    sa.update(breakers).where(breakers.c.name == sa.bindparam("server"), breakers.c.failures > 0).values(**_CLOSED)
)


@dataclass(frozen=True)
class BreakerState:
    """`state` is closed (calls go out), open (none do until `until`) or half-open (the next one is a probe).

    `kind` and `reason` are those of the last failure.
    """

    state: str
    failures: int
    until: str
    kind: str
    reason: str


class BreakerOpen(Exception):
    """No call may go out now. `wait` is in seconds."""

    def __init__(self, state: BreakerState, wait: float) -> None:
        super().__init__(state.reason)
        self.state = state
        self.wait = wait


class Breaker:
    """One breaker per service (`name`: a server and model, a connector and its mode), in the database.

    Without it, each of a hundred waiting cases would try a dead server by itself, and wait for its time-out.
    """

    def __init__(self, clock: Clock, probe_seconds: float) -> None:
        self.clock = clock
        self.probe_seconds = probe_seconds

    def admit(self, tx: Connection, name: str) -> None:
        """Let a call pass, or raise `BreakerOpen`. Half-open, the first caller becomes the probe; the others wait."""
        row = _row(tx, name)
        if row is None or row.until is None:
            return
        now = self.clock.now()
        blocked_until = max(row.until, row.probe_until or "")
        if to_text(now) < blocked_until:
            wait = (from_text(blocked_until) - now).total_seconds()
            raise BreakerOpen(self.state(tx, name), wait)
        self._write(tx, name, probe_until=to_text(now + timedelta(seconds=self.probe_seconds)))

    def succeeded(self, tx: Connection, name: str) -> None:
        """The server answers: closed."""
        _CLOSE.write(tx, {"server": name})

    def failed(self, tx: Connection, name: str, kind: str, reason: str, wait: float | None = None) -> None:
        """The server failed: opens at the threshold, when a probe failed, or at once for `wait` seconds."""
        row = _row(tx, name)
        failures = (row.failures if row else 0) + 1
        opened = row.opened if row else 0
        until = row.until if row else None
        if wait is None and (failures >= THRESHOLD or until is not None):
            wait, opened = min(FIRST_OPEN * 2**opened, LONGEST_OPEN), opened + 1
        if wait is not None:
            until = max(until or "", to_text(self.clock.now() + timedelta(seconds=wait)))
        values = {"failures": failures, "opened": min(opened, 30), "until": until, "probe_until": None}
        self._write(tx, name, **values, kind=kind, reason=reason)

    def probe_now(self, tx: Connection, name: str, kind: str) -> None:
        """Half-open from now on: what made it fail may be mended. The next caller is the probe."""
        self._write(tx, name, until=to_text(self.clock.now()), probe_until=None, kind=kind)

    def state(self, connection: Connection, name: str) -> BreakerState:
        """How it stands now."""
        row = _row(connection, name)
        return self._state(row) if row else BreakerState("closed", 0, "", "", "")

    def not_closed(self, connection: Connection, prefix: str) -> dict[str, BreakerState]:
        """Every breaker that is open or half-open, of those whose names begin so."""
        query = sa.select(breakers).where(breakers.c.until.is_not(None), breakers.c.name.startswith(prefix))
        return {row.name: self._state(row) for row in connection.execute(query)}

    def _state(self, row: sa.Row[Any]) -> BreakerState:
        state = "closed" if row.until is None else "open" if to_text(self.clock.now()) < row.until else "half-open"
        return BreakerState(state, row.failures, row.until or "", row.kind, row.reason)

    def _write(self, tx: Connection, name: str, **values: object) -> None:
        if _row(tx, name) is None:
            tx.execute(sa.insert(breakers).values(name=name, **values))
        else:
            tx.execute(sa.update(breakers).where(breakers.c.name == name).values(**values))


def _row(connection: Connection, name: str) -> sa.Row[tuple[str, int, int, str | None, str | None, str, str]] | None:
    return _ROW.first(connection, name=name)
