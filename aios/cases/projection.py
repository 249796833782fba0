"""How events change the rows of `cases` and `artifacts`."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import artifacts, cases
from aios.events import catalog
from aios.events.event import Event


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
                tx.execute(sa.update(cases).where(cases.c.id == event.case_id).values(**values, updated_at=event.at))
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
        "opened_at": event.at,
        "updated_at": event.at,
    }
    tx.execute(sa.insert(cases).values(row))


def _record(tx: Connection, event: Event, made: catalog.ArtifactRecorded) -> None:
    row = {
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
    tx.execute(sa.insert(artifacts).values(row))
    tx.execute(sa.update(cases).where(cases.c.id == event.case_id).values(step=made.step, updated_at=event.at))


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
            return {**_CLEAR, "status": "closed", "outcome": closed.outcome, "reason": closed.reason}
        case catalog.CasePaused():
            return {"paused": True}
        case catalog.CaseResumed():
            return {"paused": False}
        case _:
            return {}
