"""`Claims`: who is making which call, so that no two make the same one; the claim of a killed worker is taken over."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.budgets.budgets import Budgets
from aios.clock import Clock, to_text
from aios.database.engine import Database
from aios.database.prepared import Prepared
from aios.ids import new_id
from aios.models.tables import claims
from aios.worker import is_dead, this_worker

REMEMBERED = 60.0
"""Seconds a failure is kept for those who waited for the call."""

POLL_FIRST, POLL_LONGEST = 0.02, 0.5
"""Seconds between two looks at a call that somebody else is making."""


_FIND = Prepared(sa.select(claims).where(claims.c.request_hash == sa.bindparam("request_hash")))
_EACH = sa.select(claims)
_INSERT = Prepared(sa.insert(claims))
_DROP = Prepared(
    sa.delete(claims).where(
        claims.c.request_hash == sa.bindparam("request_hash"), claims.c.token == sa.bindparam("token")
    )
)


@dataclass(frozen=True)
class Failure:
    """How a call ended: its kind and reason, and the wait in seconds that the server asked for."""

    kind: str
    reason: str
    wait: float | None


@dataclass(frozen=True)
class Claim:
    """A call under way, or one that has failed."""

    request_hash: str
    token: str
    reservation_id: str
    failure: Failure | None


class Claims:
    """Claims on calls, one per request hash. A lease (`seconds`) ends them where the worker cannot be asked."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds

    def find(self, connection: Connection, request_hash: str) -> Claim | None:
        """The claim on the request, if there is one."""
        row = _FIND.first(connection, request_hash=request_hash)
        return _claim(row) if row is not None else None

    def take(self, tx: Connection, request_hash: str, reservation_id: str = "", over: Claim | None = None) -> str:
        """Claim the request and return the claim's token. The caller has seen to it that nobody else holds it.

        `over` is the claim that has ended there and is taken over, if there is one.
        """
        token = new_id("claim", self.clock.now())
        if over is not None:
            self.drop(tx, (request_hash, over.token))
        row = {
            "request_hash": request_hash,
            "token": token,
            "reservation_id": reservation_id,
            "worker": this_worker(),
            "until": self._until(self.seconds),
        }
        _INSERT.write(tx, row)
        return token

    def renew(self, tx: Connection, claim: tuple[str, str], reservation_id: str) -> bool:
        """Start the lease anew and note the reservation; False where somebody else has taken the claim over."""
        values = {"reservation_id": reservation_id, "until": self._until(self.seconds)}
        return tx.execute(sa.update(claims).where(*_held(claim)).values(values)).rowcount == 1

    def fail(self, tx: Connection, claim: tuple[str, str], kind: str, reason: str, wait: float | None) -> None:
        """End the claim, and leave word for those who wait."""
        failure = {"kind": kind, "reason": reason, "wait": wait}
        values = {"reservation_id": "", "failure": failure, "until": self._until(REMEMBERED)}
        tx.execute(sa.update(claims).where(*_held(claim)).values(values))

    def drop(self, tx: Connection, claim: tuple[str, str]) -> None:
        """End the claim; one that somebody else holds by now stays."""
        _DROP.write(tx, {"request_hash": claim[0], "token": claim[1]})

    def abandoned(self, connection: Connection) -> list[Claim]:
        """Claims whose worker is dead or whose time is up."""
        now = to_text(self.clock.now())
        rows = connection.execute(_EACH).all()
        return [_claim(row) for row in rows if row.until < now or (row.failure is None and is_dead(row.worker))]

    def recover(self, tx: Connection, budgets: Budgets) -> int:
        """End the claims of dead workers; what they held is booked as spent, since they may have been billed."""
        abandoned = self.abandoned(tx)
        for claim in abandoned:
            release(tx, budgets, claim, "abandoned")
            self.drop(tx, (claim.request_hash, claim.token))
        return len(abandoned)

    def wait(self, database: Database, claim: Claim) -> None:
        """Until the claim is no longer the same, has failed, or its worker is gone."""
        pause = POLL_FIRST
        while True:
            with database.read() as connection:
                now = self.find(connection, claim.request_hash)
                if now is None or now.token != claim.token or now.failure is not None:
                    return
                if any(gone.token == claim.token for gone in self.abandoned(connection)):
                    return
            time.sleep(pause)
            pause = min(pause * 1.5, POLL_LONGEST)

    def _until(self, seconds: float) -> str:
        return to_text(self.clock.now() + timedelta(seconds=seconds))


def release(tx: Connection, budgets: Budgets, claim: Claim, outcome: str) -> None:
    """Book what the claim's reservation still holds as spent."""
    if claim.reservation_id:
        budgets.settle(tx, claim.reservation_id, budgets.held(tx, claim.reservation_id), outcome)


def _held(claim: tuple[str, str]) -> tuple[sa.ColumnElement[bool], ...]:
    request_hash, token = claim
    return claims.c.request_hash == request_hash, claims.c.token == token


def _claim(row: sa.Row[Any]) -> Claim:
    failure = Failure(**row.failure) if row.failure is not None else None
    return Claim(row.request_hash, row.token, row.reservation_id, failure)
