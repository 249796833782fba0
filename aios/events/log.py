"""`EventLog`: append facts, read them in order. What depends on them is projected in the same transaction."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection

from aios.clock import Clock, to_text
from aios.database.engine import Database
from aios.database.gathered import Gathered
from aios.database.prepared import Prepared
from aios.errors import Conflict, InvalidInput, NotFound
from aios.events.catalog import CATALOG, Payload
from aios.events.event import Appended, Event, NewEvent
from aios.events.redaction import forgotten_source
from aios.events.tables import events, log_head
from aios.events.tail import Tail
from aios.events.upcasts import upcast
from aios.ids import new_id

_BY_ID = Prepared(sa.select(events).where(events.c.id == sa.bindparam("id")))
_BY_SOURCE = Prepared(
    sa.select(events).where(
        events.c.source == sa.bindparam("source"),
        (events.c.source_id == sa.bindparam("source_id")) | (events.c.source_id == sa.bindparam("forgotten_id")),
    )
)


class Projection(Protocol):
    """Tables that follow from the log alone. `apply` is called for each event, in order, inside its transaction."""

    @property
    def tables(self) -> Sequence[sa.Table]:
        """The tables it keeps, those that others refer to first."""
        ...

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the tables up to date with one event; never reads a clock, a file or the network."""
        ...


class EventLog:
    """The log. Without it, what happened would be whatever the tables say today."""

    def __init__(self, database: Database, clock: Clock, projections: Sequence[Projection] = ()) -> None:
        self.database = database
        self.clock = clock
        self.projections = tuple(projections)

    def append(self, tx: Connection, new: NewEvent) -> Appended:
        """Add one fact inside a write transaction, and project it.

        A second fact from the same source and source id is not added: the first one comes back as a duplicate.
        `Conflict` where it belongs to a case that was forgotten on request and could say something of a person.
        """
        return self.append_all(tx, (new,))[0]

    def append_all(self, tx: Connection, news: Sequence[NewEvent]) -> list[Appended]:
        """`append` each in turn, for less: they are written together, then projected in their order."""
        tail: Tail | None = None
        rows: list[dict[str, Any]] = []
        appended: list[Appended] = []
        entered: dict[tuple[str, str | None], Event] = {}
        for new in news:
            source = (new.source, new.source_id) if new.source is not None else None
            if source and (known := entered.get(source) or self.find(tx, *source)):
                appended.append(Appended(known, duplicate=True))
                continue
            tail = tail or Tail(tx, [each.stream for each in news], [each.case_id for each in news if each.case_id])
            event = self._link(tail, new, rows)
            appended.append(Appended(event, duplicate=False))
            if source:
                entered[source] = event
        if tail:
            tail.store(rows)
            self.project(tx, [each.event for each in appended if not each.duplicate])
        return appended

    def project(self, tx: Connection, happened: Sequence[Event]) -> None:
        """Bring every projection up to date with the events, in their order."""
        gathered = Gathered(tx)
        writer = tx if len(happened) == 1 else cast(Connection, gathered)  # it has what a projection uses of one
        for event in happened:
            for projection in self.projections:
                projection.apply(writer, event)
        gathered.flush()

    def record(self, new: NewEvent) -> Appended:
        """`append` in a transaction of its own."""
        with self.database.write() as tx:
            return self.append(tx, new)

    def read(
        self,
        connection: Connection,
        *,
        after: int = 0,
        types: Sequence[str] = (),
        stream: str | None = None,
        case_id: str | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> list[Event]:
        """Events after a position, in order (or the newest first), narrowed by type, stream and case."""
        query = sa.select(events).where(events.c.position > after).limit(limit)
        query = query.order_by(events.c.position.desc() if newest_first else events.c.position)
        if types:
            query = query.where(events.c.type.in_(types))
        if stream is not None:
            query = query.where(events.c.stream == stream)
        if case_id is not None:
            query = query.where(events.c.case_id == case_id)
        return [_to_event(row) for row in connection.execute(query)]

    def get(self, connection: Connection, event_id: str) -> Event:
        """The event of that id; `NotFound` where there is none."""
        row = _BY_ID.first(connection, id=event_id)
        if row is None:
            raise NotFound(f"There is no event {event_id}.", "List events with `aios events list`.")
        return _to_event(row)

    def head(self, connection: Connection) -> int:
        """The position of the newest event; 0 in an empty log."""
        return connection.scalar(sa.select(log_head.c.position)) or 0

    def find(self, connection: Connection, source: str, source_id: str | None) -> Event | None:
        """The event that a source told of under an id of its own, if it did."""
        row = _BY_SOURCE.first(connection, **_named(source, source_id))
        return _to_event(row) if row is not None else None

    def _link(self, tail: Tail, new: NewEvent, rows: list[dict[str, Any]]) -> Event:
        """The event that the log will hold, its row added to `rows`."""
        payload = cast(Payload, new.payload)
        if payload.personal and new.case_id in tail.forgotten:
            raise Conflict(f"Case {new.case_id} was forgotten on request.", "Nothing more can be done in it.")
        now = self.clock.now()
        row: dict[str, Any] = {
            "id": new_id("ev", now),
            "stream": new.stream,
            "type": payload.type,
            "version": payload.version,
            "at": to_text(now),
            "actor": new.actor,
            "case_id": new.case_id,
            "source": new.source,
            "source_id": new.source_id,
            "caused_by": new.caused_by,
            "payload": payload.model_dump(mode="json"),
        }
        tail.link(row)
        rows.append(row)
        return _event(row, payload)


def parse_payload(type_: str, payload: dict[str, Any]) -> Payload:
    """A payload from outside as its catalog type; `InvalidInput` names the field that breaks the contract."""
    model = CATALOG.get(type_)
    if model is None:
        raise InvalidInput(f"There is no event type {type_!r}.", f"Known are: {', '.join(sorted(CATALOG))}.")
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "payload"
        raise InvalidInput(f"{type_}: {field}: {first['msg']}.", "Correct the field and send it again.") from None


def _named(source: str, source_id: str | None) -> dict[str, str | None]:
    """What a fact from outside may be kept under: the id that it came with, or what stands for that id."""
    return {"source": source, "source_id": source_id, "forgotten_id": forgotten_source(source_id)}


def _to_event(row: Any) -> Event:
    values: dict[str, Any] = row._asdict()
    model = CATALOG[values["type"]]
    payload = upcast(values["type"], values["version"], values["payload"], model.version)
    return _event(values, model.model_validate(payload))


def _event(values: dict[str, Any], payload: Payload) -> Event:
    names = ("position", "id", "stream", "seq", "type", "at", "case_id", "source", "source_id", "actor", "caused_by")
    said = {name: values[name] for name in names}
    return Event(payload=payload, forgotten_by=values.get("forgotten_by"), **said)
