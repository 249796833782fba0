"""`Quarantine`: what could not be taken in, kept with its bytes, the reason and a remedy until the owner decides."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.connectors.incoming import Problem
from aios.database import blobs
from aios.errors import Conflict, NotFound
from aios.events import catalog
from aios.events.event import Appended, NewEvent
from aios.events.log import EventLog
from aios.ids import digest, digest_bytes, new_id
from aios.intake.tables import quarantine
from aios.text import clean


@dataclass(frozen=True)
class Quarantined:
    """One thing in quarantine. `status` is open, released or discarded; `blob` is empty where it was too large."""

    id: str
    name: str
    reason: str
    remedy: str
    blob: str
    media_type: str
    size: int
    status: str
    note: str
    event_id: str
    at: str
    resolved_at: str | None


class Quarantine:
    """The quarantine. Without it, one broken file would stop everything behind it, or vanish."""

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def keep(self, tx: Connection, problem: Problem) -> Appended:
        """Put it in; the same bytes again come back as a duplicate."""
        content = digest_bytes(problem.data) if problem.data else digest([problem.name, problem.size])
        quarantine_id = new_id("q", self.log.clock.now())
        payload = catalog.InputQuarantined(
            quarantine_id=quarantine_id,
            name=clean(problem.name, 300),
            reason=clean(problem.reason, 500),
            remedy=clean(problem.remedy, 500),
            blob=blobs.put_bytes(tx, problem.data, problem.media_type) if problem.data else "",
            media_type=problem.media_type,
            size=problem.size or len(problem.data),
        )
        new = NewEvent(f"quarantine/{quarantine_id}", payload, source="quarantine", source_id=content)
        return self.log.append(tx, new)

    def list(self, connection: Connection, *, status: str = "open", limit: int = 200) -> list[Quarantined]:
        """What is in there, the newest first; every status with `status=""`."""
        query = sa.select(quarantine).order_by(quarantine.c.at.desc(), quarantine.c.id.desc()).limit(limit)
        if status:
            query = query.where(quarantine.c.status == status)
        return [Quarantined(**row) for row in connection.execute(query).mappings()]

    def get(self, connection: Connection, quarantine_id: str) -> Quarantined:
        """The thing of that id; `NotFound` where there is none."""
        row = connection.execute(sa.select(quarantine).where(quarantine.c.id == quarantine_id)).mappings().first()
        if row is None:
            raise NotFound(f"There is nothing in quarantine under {quarantine_id}.", "See the Quarantine page.")
        return Quarantined(**row)

    def count(self, connection: Connection) -> int:
        """How many things wait for the owner."""
        query = sa.select(sa.func.count()).where(quarantine.c.status == "open")
        return connection.scalar(query) or 0

    def content(self, connection: Connection, quarantine_id: str) -> bytes:
        """Its bytes as they came; `NotFound` where they were too large to keep."""
        thing = self.get(connection, quarantine_id)
        if not thing.blob:
            raise NotFound(f"{thing.name} was not kept.", "Look at the file in the inbox's quarantine folder.")
        return blobs.get_bytes(connection, thing.blob)

    def discard(self, quarantine_id: str, *, actor: str = "owner", note: str = "") -> None:
        """Throw it away: it leaves the list and is not taken in when it comes again."""
        with self.log.database.write() as tx:
            self.resolve(tx, quarantine_id, "discarded", note=note, actor=actor)

    def resolve(self, tx: Connection, quarantine_id: str, outcome: str, *, note: str, actor: str) -> None:
        """Say what became of it; `Conflict` where that was said before."""
        thing = self.get(tx, quarantine_id)
        if thing.status != "open":
            raise Conflict(f"{thing.name} is {thing.status} already.", "There is nothing left to decide.")
        payload = catalog.QuarantineResolved.model_validate(
            {"quarantine_id": quarantine_id, "outcome": outcome, "note": note}
        )
        self.log.append(tx, NewEvent(f"quarantine/{quarantine_id}", payload, actor=actor, caused_by=thing.event_id))
