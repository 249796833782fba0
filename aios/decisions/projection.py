"""How events change the rows of `decisions`."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import from_text, to_text
from aios.decisions.tables import decisions
from aios.events import catalog
from aios.events.event import Event

STATUS = {"approve": "approved", "edit": "edited", "reject": "rejected", "revise": "revised"}
"""The status a decision has after each verdict."""

AFTER_SNOOZE = timedelta(hours=24)
"""A snoozed decision stays open at least this long after it comes back."""

_OPEN = sa.insert(decisions)
_CHANGE = sa.update(decisions).where(decisions.c.id == sa.bindparam("changed")).values(version=decisions.c.version + 1)


class DecisionProjection:
    """The owner's queue."""

    tables = (decisions,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Bring the decision of the event up to date."""
        match event.payload:
            case catalog.DecisionOpened() as opened:
                tx.execute(_OPEN, _opened(event, opened))
            case catalog.DecisionMade() as made:
                _end(tx, event, made.decision_id, STATUS[made.verdict], made.note, made.edits_blob)
            case catalog.DecisionExpired() as expired:
                _end(tx, event, expired.decision_id, "expired")
            case catalog.DecisionVoided() as voided:
                _end(tx, event, voided.decision_id, "void", voided.reason)
            case catalog.DecisionSnoozed() as snoozed:
                _snooze(tx, snoozed)
            case _:
                pass


def _opened(event: Event, opened: catalog.DecisionOpened) -> dict[str, object]:
    return {
        "id": opened.decision_id,
        "kind": opened.kind,
        "case_id": event.case_id,
        "step": opened.step,
        "title": opened.title,
        "effect_key": opened.effect_key,
        "status": "open",
        "version": 1,
        "shown": opened.shown,
        "inputs": opened.inputs,
        "confidence": opened.confidence,
        "rule": opened.rule,
        "note": "",
        "edits_blob": "",
        "answered_by": "",
        "position": event.position,
        "opened_at": event.at,
        "expires_at": opened.expires_at,
    }


def _end(tx: Connection, event: Event, id_: str, status: str, note: str = "", edits: str = "") -> None:
    values = {"status": status, "note": note, "edits_blob": edits, "answered_by": event.actor, "answered_at": event.at}
    tx.execute(_CHANGE, {"changed": id_, **values, "position": event.position})


def _snooze(tx: Connection, snoozed: catalog.DecisionSnoozed) -> None:
    row = decisions.c.id == snoozed.decision_id
    expires = tx.scalar(sa.select(decisions.c.expires_at).where(row)) or ""
    later = max(expires, to_text(from_text(snoozed.until) + AFTER_SNOOZE))
    tx.execute(_CHANGE, {"changed": snoozed.decision_id, "snoozed_until": snoozed.until, "expires_at": later})
