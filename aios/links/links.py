"""`Links`: why something is believed or was done, what it influenced, and what to repair when it was wrong."""

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Cases
from aios.errors import Conflict, NotFound
from aios.events.catalog import CaseOpened, MemoryAdded
from aios.events.event import Event
from aios.events.log import EventLog
from aios.links.naming import Thing, identify, named
from aios.links.projection import LinkProjection
from aios.links.repair import Repair, what_rests_on
from aios.links.tables import links
from aios.links.tracing import Influence, Reason, influence, reasons
from aios.links.unlinked import unlinked

PAGE = 1000


@dataclass(frozen=True)
class Why:
    """A thing, and everything that it rests on, the nearest first; `notice` says what cannot be told, and why."""

    thing: Thing
    reasons: tuple[Reason, ...]
    notice: str = ""


class Links:
    """The questions that can be asked of the links. Ids are those of items, events, effects, decisions, artifacts."""

    def __init__(self, log: EventLog, cases: Cases) -> None:
        self.log = log
        self.cases = cases
        self._filled = False

    def why(self, id_: str) -> Why:
        """What a thing rests on: for an item, where we have it from; `NotFound` where the id names nothing."""
        self._fill()
        with self.log.database.read() as connection:
            ref = identify(connection, id_)
            found = tuple(reasons(connection, ref))
            thing = named(connection, [ref])[ref]
            through = [one.id for one in (thing, *(reason.thing for reason in found)) if one.kind == "artifact"]
            return Why(thing, found, unlinked(connection, through))

    def influence(self, id_: str, *, limit: int = 20, before: int = 0) -> Influence:
        """What a thing influenced: cases, `limit` at a time, with what of each rests on it."""
        self._fill()
        with self.log.database.read() as connection:
            ref = identify(connection, id_)
            return influence(connection, ref, named(connection, [ref])[ref], limit, before)

    def repairs(self, item_id: str, after: int = 0) -> Repair:
        """What rests on an item: cases to run again, and effects that went out; behind an earlier page's `next`."""
        self._fill()
        with self.log.database.read() as connection:
            return self._repairs(connection, item_id, after)

    def repair(self, item_id: str, *, actor: str) -> Repair:
        """Run the cases that rest on an item again, each from the step that read it; asked twice, it asks once.

        Killed half-way, the next repair goes on with the rest. What a step then makes anew voids the open decisions on
        it. `Conflict` while the item is believed.
        """
        self._fill()
        continued: list[str] = []
        after, more = 0, True
        while more:
            with self.log.database.write() as tx:
                found = self._repairs(tx, item_id, after)
                if found.believed:
                    raise Conflict(f"{item_id} is still believed.", "Correct or retract it first; then repair.")
                for one in found.open:
                    self.cases.continue_(tx, one.case.id, one.step, f"{item_id} is no longer believed", actor=actor)
                continued += [one.case.id for one in found.open]
            after, more = found.next, bool(found.next)
        return replace(self.repairs(item_id), continued=tuple(continued))

    def _repairs(self, connection: Connection, item_id: str, after: int) -> Repair:
        ref = identify(connection, item_id)
        if ref.kind != "item":
            raise NotFound(f"{item_id} is no memory item, but a {ref.kind}.", "Repair starts from a memory item.")
        return what_rests_on(connection, self.cases, named(connection, [ref])[ref], after)

    def _fill(self) -> None:
        """Derive the links of a log that is older than they are; looked at once."""
        if self._filled:
            return
        with self.log.database.read() as connection:
            whole = self._is_whole(connection)
        if not whole:
            with self.log.database.write() as tx:
                done, projection = 0, LinkProjection()
                while batch := self.log.read(tx, after=done, limit=PAGE):
                    _project(tx, projection, batch)
                    done = batch[-1].position
        self._filled = True

    def _is_whole(self, connection: Connection) -> bool:
        """Whether the first event that makes a link has made it."""
        first = self.log.read(connection, types=(CaseOpened.type, MemoryAdded.type), limit=1)
        query = sa.select(links.c.to_id).where(links.c.position == (first[0].position if first else 0)).limit(1)
        return not first or connection.scalar(query.where(links.c.from_kind == "event")) is not None


def _project(tx: Connection, projection: LinkProjection, batch: list[Event]) -> None:
    for event in batch:
        projection.apply(tx, event)
