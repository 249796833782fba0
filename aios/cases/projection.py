"""How events change the rows of `cases` and `artifacts`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import artifacts, cases
from aios.database.prepared import Prepared
from aios.events import catalog
from aios.events.event import Event

_OPEN = sa.insert(cases)
_CHANGE = Prepared(sa.update(cases).where(cases.c.id == sa.bindparam("changed")))
_RECORD = Prepared(sa.insert(artifacts))


class CaseProjection:
    """The state of each case and the versions of its artifacts."""

    tables = (cases, artifacts)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the case of the event up to date."""
        match event.payload:
            case catalog.CaseOpened() as opened:
                _open(tx, event, opened)
            case catalog.ArtifactRecorded() as made:
                _record(tx, event, made)
            case _ if event.case_id and (values := _changes(event)):
                _change(tx, event, values)
            case _:
                pass  # says nothing about a case


def _open(tx: Connection, event: Event, opened: catalog.CaseOpened) -> None:
    row = {
        "id": opened.case_id,
        "process": opened.process,
        "process_version": opened.process_version,
        "number": int(opened.case_id.rsplit("-", 1)[1]),
        "title": opened.title,
        "contact_id": "",
        "status": "open",
        "step": "",
        **_CLEAR,
        "outcome": "",
        "paused": False,
        "trigger": opened.trigger,
        "continued": event.position,
        "rollback": 0,
        "opened_at": event.at,
        "updated_at": event.at,
    }
    tx.execute(_OPEN, row)


def _record(tx: Connection, event: Event, made: catalog.ArtifactRecorded) -> None:
    _RECORD.write(tx, artifact_row(event, made))
    _change(tx, event, {"step": made.step})


def artifact_row(event: Event, made: catalog.ArtifactRecorded) -> dict[str, Any]:
    """The row of `artifacts` that the event makes."""
    return {
        "case_id": event.case_id,
        "step": made.step,
        "version": made.artifact_version,
        "blob": made.blob,
        "inputs": made.inputs,
        "provenance": made.provenance,
        "delta": list(made.delta),
        "event_id": event.id,
        "at": event.at,
    }


def _change(tx: Connection, event: Event, values: dict[str, Any]) -> None:
    _CHANGE.write(tx, {"changed": event.case_id, "updated_at": event.at, **values})


_CLEAR: dict[str, Any] = {"waiting_on": "", "reason": "", "remedy": ""}


def _changes(event: Event) -> dict[str, Any]:
    match event.payload:
        case catalog.CaseContinued() as go:
            moved = {"trigger": go.trigger} if go.trigger else {}
            return {**_CLEAR, **moved, "status": "open", "outcome": "", "continued": event.position}
        case catalog.CaseNamed() as named:
            return {key: value for key, value in (("contact_id", named.contact_id), ("title", named.title)) if value}
        case catalog.CaseWaiting() as waits:
            return {"status": "waiting", "step": waits.step, "waiting_on": waits.on, "reason": waits.reason}
        case catalog.CaseFailed() as failed:
            return {
                "status": "failed",
                "step": failed.step,
                "waiting_on": "",
                "reason": failed.error,
                "remedy": failed.remedy,
            }
        case catalog.CaseClosed() as closed:
            return {**_CLEAR, "status": "closed", "outcome": closed.outcome, "reason": closed.reason, "rollback": 0}
        case catalog.RollbackStarted():
            return {"rollback": event.position}
        case catalog.CasePaused():
            return {"paused": True}
        case catalog.CaseResumed():
            return {"paused": False}
        case _:
            return {}
