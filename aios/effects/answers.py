"""What follows from the owner's answer, for each kind of decision, in the answer's own transaction."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy.engine import Connection

from aios.cases.cases import Cases
from aios.clock import to_text
from aios.database import blobs
from aios.decisions.decisions import ANSWER, COMPENSATION, EFFECT, OUTCOME, REMEDY, Decision, Decisions, Verdict
from aios.decisions.shown import Shown
from aios.effects import ledger
from aios.effects.admission import CONNECTOR, Admission
from aios.effects.gate import Gate
from aios.errors import Conflict, HardFailure, InvalidInput
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog

REJECTED = "rejected by the owner"
SENT_BACK = "sent back by the owner"
EXPIRED = "nobody decided in time"

OF_EFFECTS = (EFFECT, COMPENSATION)
"""Kinds of decisions that let an effect happen."""

Validate = Callable[[str, str, dict[str, Any]], BaseModel]
"""From connector, operation and request to the connector's own request type; raises `InvalidInput`."""


class Follower(Protocol):
    """Another part's kind of decision: what may be edited in it, and what follows from its answer."""

    def check_edits(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> None:
        """Raise `InvalidInput` where the edits cannot be taken."""
        ...

    def after(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        """Do what follows, in the answer's own transaction."""
        ...


class Answers:
    """The owner's side of the queue: one call for page, API and CLI."""

    def __init__(
        self,
        log: EventLog,
        cases: Cases,
        decisions: Decisions,
        gate: Gate,
        validate: Validate,
        followers: Mapping[str, Follower] | None = None,
    ) -> None:
        self.log = log
        self.cases = cases
        self.decisions = decisions
        self.gate = gate
        self.validate = validate
        self.followers = followers or {}
        self._after: Mapping[str, Callable[..., None]] = {
            EFFECT: self._after_effect,
            COMPENSATION: self._after_effect,
            OUTCOME: self._after_outcome,
            ANSWER: self._after_answer,
            REMEDY: self._after_remedy,
            **{kind: follower.after for kind, follower in self.followers.items()},
        }

    def give(
        self,
        decision_id: str,
        verdict: Verdict,
        version: int,
        *,
        actor: str,
        note: str = "",
        edits: dict[str, Any] | None = None,
    ) -> Decision:
        """Answer a decision. `Conflict` where it is used, expired, void or stale; `InvalidInput` for a wrong answer."""
        with self.log.database.write() as tx:
            asked = self.decisions.get(tx, decision_id)
            self._check(tx, asked, verdict, note, edits)
            answered = self.decisions.answer(tx, decision_id, verdict, version, actor, note, edits)
            self._after[answered.kind](tx, answered, verdict, actor)
            return answered

    def expire_overdue(self) -> int:
        """Close every decision whose time is up; what was proposed does not happen. Returns how many."""
        with self.log.database.read() as connection:
            if not self.decisions.overdue(connection):
                return 0
        with self.log.database.write() as tx:
            overdue = self.decisions.overdue(tx)
            for decision in overdue:
                self.decisions.expire(tx, decision)
                if decision.kind in OF_EFFECTS:
                    self.gate.withdraw(tx, decision.effect_key, EXPIRED)
                if decision.case_id:
                    reason = "Nobody decided in time; retry the case to get a fresh proposal."
                    self.cases.wait(tx, decision.case_id, decision.step, "owner", reason)
            return len(overdue)

    def cancel_case(self, case_id: str, actor: str) -> None:
        """End a case: nothing more of it goes out, and its decisions are void. `Conflict` where it has ended."""
        with self.log.database.write() as tx:
            case = self.cases.get(tx, case_id)
            if case.status == "closed":
                raise Conflict(f"Case {case_id} has ended already ({case.outcome}).", "There is nothing to cancel.")
            if case.rollback and any(each.state in ledger.UNDER_WAY for each in ledger.of_case(tx, case_id)):
                raise Conflict(f"Something of case {case_id} is being undone right now.", "Wait for it, then cancel.")
            self.gate.cancel(tx, case_id, "the case was cancelled")
            self.cases.close(tx, case_id, "cancelled", actor=actor)

    def _check(
        self, tx: Connection, asked: Decision, verdict: Verdict, note: str, edits: dict[str, Any] | None
    ) -> None:
        if verdict == "edit" and not edits:
            raise InvalidInput("An edit without a changed field is no edit.", "Change a field, or approve.")
        if verdict != "edit" and edits:
            raise InvalidInput(f"{verdict} takes no edits.", "Use the verdict `edit` to change what goes out.")
        if verdict == "edit" and asked.kind not in (*OF_EFFECTS, *self.followers):
            raise InvalidInput("Only a proposed effect can be edited.", "Approve, revise or reject it.")
        if verdict == "revise" and not note.strip():
            raise InvalidInput("To send it back, say what should be different.", "Give a note.")
        if verdict == "revise" and asked.kind in (COMPENSATION, OUTCOME, REMEDY, *self.followers):
            raise InvalidInput("This question takes yes (approve) or no (reject).", "Answer with one of them.")
        if verdict == "edit" and asked.status == "open":
            self._check_edits(tx, asked, edits or {})

    def _check_edits(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> None:
        if follower := self.followers.get(asked.kind):
            follower.check_edits(tx, asked, edits)
        else:
            self._edited(tx, asked, edits)

    def _edited(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> dict[str, Any]:
        shown: Shown = self.decisions.shown(tx, asked)
        if closed := sorted(set(edits) - set(shown.editable)):
            raise InvalidInput(f"{', '.join(closed)} cannot be edited.", f"Open are: {', '.join(shown.editable)}.")
        effect = ledger.get(tx, asked.effect_key)
        request = {**blobs.get_json(tx, effect.proposed), **edits}
        try:
            return self.validate(effect.connector, effect.operation, request).model_dump(mode="json")
        except HardFailure as failure:  # here it is the owner's edit that is wrong, and can be mended at once
            raise InvalidInput(failure.message, failure.remedy) from None

    def _after_effect(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        key, case_id = decision.effect_key, decision.case_id or ""
        match verdict:
            case "approve":
                self.gate.approve(tx, decision, ledger.get(tx, key).proposed, actor)
                self.cases.wait(tx, case_id, decision.step, "undo", "Approved; it goes out after the undo window.")
            case "edit":
                edits = blobs.get_json(tx, decision.edits_blob)
                request = blobs.put_json(tx, self._edited(tx, decision, edits))
                self.gate.approve(tx, decision, request, actor)
                self.cases.wait(tx, case_id, decision.step, "undo", "Edited; it goes out after the undo window.")
            case "reject" if decision.kind == COMPENSATION:
                self.gate.withdraw(tx, key, REJECTED, actor)
                self._again(tx, decision, decision.step, "the owner leaves it as it is", actor)
            case "reject":
                self.gate.withdraw(tx, key, REJECTED, actor)
                self.cases.close(tx, case_id, "rejected", decision.note, actor=actor)
            case "revise":
                self.gate.withdraw(tx, key, SENT_BACK, actor)
                self._again(tx, decision, self._step_before(tx, decision), "sent back with feedback", actor)

    def _after_outcome(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        key = decision.effect_key
        if verdict == "approve":
            payload = catalog.EffectSucceeded(key=key, receipt={"confirmed_by": actor})
            reason = "the owner says it went out"
        else:
            now = to_text(self.log.clock.now())
            payload = catalog.EffectDeferred(key=key, reason="The owner says it did not go out.", not_before=now)
            reason = "the owner says it did not go out"
        self.log.append(tx, NewEvent(f"effect/{key}", payload, case_id=decision.case_id, actor=actor))
        self._again(tx, decision, decision.step, reason, actor)

    def _after_answer(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        if verdict == "reject":
            self.cases.close(tx, decision.case_id or "", "rejected", decision.note, actor=actor)
        else:
            reason = "the owner lets the rules do it" if verdict == "approve" else "sent back with feedback"
            self._again(tx, decision, decision.step, reason, actor)

    def _after_remedy(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        if verdict == "approve" and decision.effect_key.startswith(CONNECTOR):
            connector, _, mode = decision.effect_key.removeprefix(CONNECTOR).partition("/")
            Admission(self.log).release(tx, connector, mode)
        elif verdict == "approve" and decision.case_id:
            self._again(tx, decision, decision.step, "the owner mended it", actor)

    def _again(self, tx: Connection, decision: Decision, step: str, reason: str, actor: str) -> None:
        if decision.case_id:
            self.cases.continue_(tx, decision.case_id, step, reason, actor=actor)

    def _step_before(self, tx: Connection, decision: Decision) -> str:
        steps = self.cases.processes[self.cases.get(tx, decision.case_id or "").process].steps
        return steps[max(0, steps.index(decision.step) - 1)]
