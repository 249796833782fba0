"""`Decisions`: open a question to the owner, take its one answer, let it expire or void it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.database import blobs
from aios.decisions.shown import Shown
from aios.decisions.tables import decisions
from aios.errors import Conflict, NotFound
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.ids import new_id

Verdict = Literal["approve", "edit", "reject", "revise"]

EFFECT, OUTCOME, ANSWER, REMEDY, FACT = "effect", "outcome", "answer", "remedy", "fact"
"""Kinds: may this effect happen; did it happen; what of a useless model answer; something for the owner to mend; which
of two facts is right."""

COMPENSATION = "compensation"
"""Kind: may this effect undo what an earlier one of the case has done."""

ASK_FOR = timedelta(days=14)
"""How long a question that no policy sets a time for stays open."""

INVOICE = "invoice"
"""Kind: may an invoice that came in be booked; has the owner paid it."""

ENTRY = "entry"
"""Kind: what is an entry of a bank statement."""

REBOOKING = "rebooking"
"""Kind: may entries be corrected that the rules would book otherwise now."""

PREFERENCE = "preference"
"""Kind: is what the owner has corrected several times a preference, to be followed from now on."""


@dataclass(frozen=True)
class Decision:
    """A decision as it stands. `status` is open, approved, edited, rejected, revised, expired or void."""

    id: str
    kind: str
    case_id: str | None
    step: str
    title: str
    effect_key: str
    status: str
    version: int
    shown: str
    inputs: dict[str, int]
    confidence: float | None
    rule: str
    note: str
    edits_blob: str
    answered_by: str
    position: int
    opened_at: str
    expires_at: str
    snoozed_until: str | None
    answered_at: str | None


@dataclass(frozen=True)
class Question:
    """What is to be asked. `inputs` are the artifact versions it rests on; `key` the effect it is about."""

    kind: str
    shown: Shown
    case_id: str | None = None
    step: str = ""
    key: str = ""
    inputs: dict[str, int] | None = None
    rule: str = ""


class Decisions:
    """The decisions. What follows from an answer is for those who asked; see `aios.effects.answers`."""

    def __init__(self, log: EventLog) -> None:
        self.log = log

    def open(self, tx: Connection, question: Question, ttl: timedelta) -> str:
        """Ask; an open decision on the same case, step, kind and effect is void from now on."""
        for older in self._siblings(tx, question):
            if older.shown == blobs.put_json(tx, question.shown.model_dump(mode="json")):
                return older.id
            self.void(tx, older, "a newer version took its place")
        now = self.log.clock.now()
        payload = catalog.DecisionOpened(
            decision_id=new_id("dec", now),
            kind=question.kind,
            step=question.step,
            title=question.shown.title[:200],
            effect_key=question.key,
            shown=blobs.put_json(tx, question.shown.model_dump(mode="json")),
            inputs=question.inputs or {},
            confidence=question.shown.confidence,
            rule=question.rule,
            expires_at=to_text(now + ttl),
        )
        self.log.append(tx, NewEvent(f"decision/{payload.decision_id}", payload, case_id=question.case_id))
        return payload.decision_id

    def answer(
        self, tx: Connection, decision_id: str, verdict: Verdict, version: int, actor: str, note: str = "",
        edits: dict[str, Any] | None = None,
    ) -> Decision:  # fmt: skip
        """Take the one answer; `Conflict` where the decision is used, expired, void, or not at `version`."""
        decision = self.get(tx, decision_id)
        self._must_be_open(decision, version)
        payload = catalog.DecisionMade(
            decision_id=decision_id,
            verdict=verdict,
            note=note,
            edits_blob=blobs.put_json(tx, edits) if edits else "",
            shown=decision.shown,
        )
        self._say(tx, decision, payload, actor)
        return self.get(tx, decision_id)

    def snooze(self, decision_id: str, version: int, until: datetime, actor: str) -> None:
        """Hide it until a later moment; it will not expire before the owner has seen it again."""
        with self.log.database.write() as tx:
            decision = self.get(tx, decision_id)
            self._must_be_open(decision, version)
            self._say(tx, decision, catalog.DecisionSnoozed(decision_id=decision_id, until=to_text(until)), actor)

    def expire(self, tx: Connection, decision: Decision) -> None:
        """Nobody answered in time."""
        self._say(tx, decision, catalog.DecisionExpired(decision_id=decision.id))

    def void(self, tx: Connection, decision: Decision, reason: str) -> None:
        """What was shown is no longer what would happen."""
        self._say(tx, decision, catalog.DecisionVoided(decision_id=decision.id, reason=reason))

    def get(self, connection: Connection, decision_id: str) -> Decision:
        """The decision of that id; `NotFound` where there is none."""
        row = connection.execute(sa.select(decisions).where(decisions.c.id == decision_id)).mappings().first()
        if row is None:
            raise NotFound(f"There is no decision {decision_id}.", "List them with `aios decisions`.")
        return Decision(**row)

    def shown(self, connection: Connection, decision: Decision) -> Shown:
        """Exactly what was shown to the owner, or that it was forgotten on request."""
        forgotten = {"title": decision.title, "summary": "Forgotten on request."}
        return Shown.model_validate(blobs.find_json(connection, decision.shown, forgotten))

    def list(
        self,
        connection: Connection,
        *,
        status: str = "",
        case_id: str = "",
        kind: str = "",
        effect_key: str = "",
        key_prefix: str = "",
        awake: bool = False,
        limit: int = 500,
    ) -> list[Decision]:
        """Decisions, oldest first; `awake` leaves out what is snoozed for now."""
        query = sa.select(decisions).order_by(decisions.c.opened_at, decisions.c.id).limit(limit)
        wanted = {"status": status, "case_id": case_id, "kind": kind, "effect_key": effect_key}
        for column, value in wanted.items():
            if value:
                query = query.where(decisions.c[column] == value)
        if key_prefix:
            query = query.where(*_begins_with(connection, key_prefix))
        if awake:
            now = to_text(self.log.clock.now())
            query = query.where(decisions.c.snoozed_until.is_(None) | (decisions.c.snoozed_until <= now))
        return [Decision(**row) for row in connection.execute(query).mappings()]

    def overdue(self, connection: Connection) -> Sequence[Decision]:
        """Open decisions whose time is up."""
        now = to_text(self.log.clock.now())
        query = sa.select(decisions).where(decisions.c.status == "open", decisions.c.expires_at <= now)
        return [Decision(**row) for row in connection.execute(query).mappings()]

    def _siblings(self, tx: Connection, question: Question) -> Sequence[Decision]:
        column = decisions.c
        about = (column.status == "open", column.kind == question.kind, column.step == question.step)
        query = sa.select(decisions).where(*about, column.effect_key == question.key)
        query = query.where(column.case_id == question.case_id).order_by(column.opened_at, column.id)
        return [Decision(**row) for row in tx.execute(query).mappings()]

    def _must_be_open(self, decision: Decision, version: int) -> None:
        if decision.status != "open":
            raise Conflict(
                f"Decision {decision.id} is {decision.status} already.", "Look at its case for what happened since."
            )
        if decision.expires_at <= to_text(self.log.clock.now()):
            raise Conflict(f"Decision {decision.id} has expired.", "Retry its case to get a fresh proposal.")
        if decision.version != version:
            raise Conflict(f"Decision {decision.id} has moved on to version {decision.version}.", "Read it again.")

    def _say(self, tx: Connection, decision: Decision, payload: catalog.Payload, actor: str = "system") -> None:
        stream = f"decision/{decision.id}"
        self.log.append(tx, NewEvent(stream, payload, case_id=decision.case_id, actor=actor))


def _begins_with(connection: Connection, prefix: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on the effect's key: as a range where the store compares bytes, so that its index is used."""
    column = decisions.c.effect_key
    if connection.dialect.name != "sqlite":
        return (column.startswith(prefix, autoescape=True),)
    return column >= prefix, column < prefix + chr(0x10FFFF)
