"""`Rate`: how many calls an account may make in a time, counted in the database over all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import from_text, to_text
from aios.database.upsert import upsert
from aios.traffic.tables import rates


@dataclass(frozen=True)
class Rate:
    """At most `count` calls at once, and no more than `count` in `per` in the long run."""

    count: int
    per: timedelta

    @property
    def apart(self) -> timedelta:
        """How far two calls lie apart at full speed."""
        return self.per / self.count

    def __str__(self) -> str:
        names = {1: "second", 60: "minute", 3600: "hour", 86_400: "day"}
        seconds = self.per.total_seconds()
        return f"{self.count} per {names[int(seconds)] if seconds in names else f'{seconds:g} s'}"


def room(connection: Connection, account: str, rate: Rate, now: datetime) -> int:
    """How many calls the account may make now."""
    return int((now + rate.per - _full(connection, account, now)) / rate.apart)


def take(tx: Connection, account: str, rate: Rate, now: datetime) -> timedelta:
    """Count a call if there is room (zero is returned), or say how long to wait for it.

    One moment per account is kept: when everything taken so far will have been worked off at full speed (GCRA, the
    leaky bucket of ITU-T I.371).
    """
    full = _full(tx, account, now) + rate.apart
    wait = full - now - rate.per
    if wait > timedelta(0):
        return wait
    row = upsert(tx, rates).values(account=account, full=to_text(full))
    tx.execute(row.on_conflict_do_update(index_elements=["account"], set_={"full": to_text(full)}))
    return timedelta(0)


def _full(connection: Connection, account: str, now: datetime) -> datetime:
    kept = connection.scalar(sa.select(rates.c.full).where(rates.c.account == account))
    return max(now, from_text(kept)) if kept else now
