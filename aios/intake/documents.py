"""How a document enters the log: its bytes, that it came, and each fact in it once, in one transaction."""

from sqlalchemy.engine import Connection

from aios.cases.cases import Cases
from aios.connectors.incoming import Document, Fact
from aios.database import blobs
from aios.events.event import Appended, Event, NewEvent
from aios.events.log import EventLog
from aios.intake.receipt import Receipt

ACTOR = "intake:file"


def take(tx: Connection, log: EventLog, cases: Cases, document: Document) -> Receipt:
    """Append what the document says and the log does not know; open a case where a process waits for its kind."""
    blobs.put_bytes(tx, document.raw, document.media_type)
    if document.mail:
        blobs.put_bytes(tx, document.mail, "message/rfc822")
    process = next((each for each in cases.processes.values() if each.trigger == document.itself.payload.type), None)
    case_id = cases.next_id(tx, process.name) if process else None
    came = log.append(tx, _new(document, document.itself, case_id))
    if came.duplicate:
        return _receipt(document.name, came)
    if process and case_id:
        cases.open(tx, case_id, process.name, document.name, came.event.id)
    said = log.append_all(tx, [_new(document, fact, None, came.event) for fact in document.facts])
    return _receipt(_summary(document.name, said), came)


def _new(document: Document, fact: Fact, case_id: str | None, cause: Event | None = None) -> NewEvent:
    stream = f"case/{case_id}" if case_id else fact.stream
    caused_by = cause.id if cause else None
    return NewEvent(stream, fact.payload, case_id, document.source, fact.source_id, ACTOR, caused_by)


def _summary(name: str, said: list[Appended]) -> str:
    if not said:
        return name
    new = sum(not each.duplicate for each in said)
    return f"{name}: {len(said)} entries, {new} of them new"


def _receipt(name: str, came: Appended) -> Receipt:
    return Receipt(came.event.id, came.event.position, came.event.case_id, came.duplicate, name=name)
