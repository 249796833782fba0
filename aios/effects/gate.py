"""The gate: a proposal becomes an effect row, a policy verdict, and an approval or a decision, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from aios.cases.artifacts import Artifacts
from aios.cases.cases import Cases
from aios.clock import to_text
from aios.connectors.contract import Contract
from aios.database import blobs
from aios.decisions.decisions import COMPENSATION, EFFECT, Decision, Decisions, Question
from aios.decisions.shown import Impact, Shown
from aios.effects import ledger
from aios.effects.ledger import READY, UNDER_WAY, UNDONE, Effect
from aios.effects.modes import MODE_CHANGED, Modes
from aios.errors import Blocked, Conflict
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.events.tail import is_forgotten
from aios.policies.policies import Policies
from aios.policies.rules import evaluate, priority
from aios.policies.schema import PolicySet
from aios.policies.verdict import Subject, Verdict
from aios.settings import Mode

INPUT_CHANGED = "an input has changed since this was proposed"
"""Why a decision is void or an effect withdrawn when a step makes new content; such an effect may be proposed anew."""


@dataclass(frozen=True)
class Proposal:
    """An operation that a step wants. `key` names it for ever: it holds no run, no version and no time.

    `inputs` are the artifact versions it rests on, `shown` what the owner would see, `subject` what policy judges.
    A compensation is of the `kind` of that name, in the `mode` of what it undoes (None: as the settings say), and
    `must_ask` says why the owner is asked even where policy would allow it. `decided` is the decision by which they
    said yes to this already, where the request could not be made before: it lets one effect of its case go.
    """

    key: str
    case_id: str
    step: str
    connector: str
    operation: str
    request: dict[str, Any]
    inputs: dict[str, int]
    shown: Shown
    subject: Subject
    run_id: str = ""
    priority: int = 1
    kind: str = EFFECT
    mode: Mode | None = None
    must_ask: str = ""
    decided: str = ""


class Gate:
    """The one way for an effect to happen; without it each step would decide for itself what may go out.

    `mode` is that of the connectors which the owner has not switched.
    """

    def __init__(
        self,
        log: EventLog,
        cases: Cases,
        artifacts: Artifacts,
        decisions: Decisions,
        policies: Policies,
        mode: Mode,
        contract: Callable[[str], Contract],
    ) -> None:
        self.log = log
        self.cases = cases
        self.artifacts = artifacts
        self.decisions = decisions
        self.policies = policies
        self.modes = Modes(log, mode)
        self.contract = contract

    def propose(self, proposal: Proposal) -> Effect:
        """Bring the proposal before policy, unless its key is used up, under way, or asked about already.

        Raises `Blocked` in a case that is closed: what comes of it is settled until it is opened again.
        """
        policy = self.policies.current()
        with self.log.database.write() as tx:
            request = blobs.put_json(tx, proposal.request)
            if is_forgotten(tx, proposal.case_id):
                raise Blocked(f"Case {proposal.case_id} was forgotten on request.", "Nothing more can be done in it.")
            before = ledger.find(tx, proposal.key)
            if before and self._stands(tx, before, request, proposal.inputs):
                return before
            self._must_be_open(tx, proposal)
            verdict = _with_care(before, evaluate(policy, proposal.subject))
            if proposal.must_ask and verdict.outcome == "allow":
                verdict = Verdict("ask", "owner-looks", proposal.must_ask)
            proposal = self._placed(tx, policy, proposal)
            self._propose(tx, proposal, request, verdict)
            match verdict.outcome:
                case "allow":
                    self._approve(tx, proposal.key, request, verdict.not_before, rule=verdict.rule)
                case "deny":
                    self.withdraw(tx, proposal.key, f"denied by rule {verdict.rule}: {verdict.reason}")
                case "ask" if before is None and self._covers(tx, proposal):
                    self._approve(tx, proposal.key, request, None, decision_id=proposal.decided, rule=verdict.rule)
                case "ask":
                    self._ask(tx, proposal, verdict, policy.decision_ttl)
            return ledger.get(tx, proposal.key)

    def approve(self, tx: Connection, decision: Decision, request: str, actor: str) -> None:
        """A decision lets the effect happen with exactly this request, after the undo window."""
        effect = ledger.get(tx, decision.effect_key)
        if effect.state != "proposed" or self.is_stale(tx, decision):
            raise Conflict(f"What decision {decision.id} showed has changed since.", "Look at the newest decision.")
        self._approve(tx, effect.key, request, None, decision_id=decision.id, rule=decision.rule, actor=actor)

    def undo(self, key: str, actor: str) -> None:
        """Take an approval back while nothing has gone out; `Conflict` once it is too late."""
        with self.log.database.write() as tx:
            effect = ledger.get(tx, key)
            if effect.state not in READY:
                raise Conflict(f"Effect {key} is {effect.state}; it cannot be undone here.", "Look at its case.")
            self.withdraw(tx, key, UNDONE, actor)
            reason = "You took the approval back; retry to be asked again."
            self.cases.wait(tx, effect.case_id, effect.step, "owner", reason)

    def withdraw(self, tx: Connection, key: str, reason: str, actor: str = "system") -> None:
        """The effect will not happen, unless it is proposed anew."""
        self._say(tx, ledger.get(tx, key), catalog.EffectWithdrawn(key=key, reason=reason), actor)

    def void_stale(self, tx: Connection, case_id: str) -> None:
        """Void what rests on artifacts that have a newer version: open decisions, and approvals not yet used."""
        for decision in self.decisions.list(tx, status="open", case_id=case_id, kind=EFFECT):
            if self.is_stale(tx, decision):
                self.decisions.void(tx, decision, INPUT_CHANGED)
        for effect in ledger.listing(tx, case_id=case_id):
            if effect.state in ("proposed", *READY) and self._outdated(tx, case_id, effect.inputs):
                self.withdraw(tx, effect.key, INPUT_CHANGED)

    def cancel(self, tx: Connection, case_id: str, reason: str) -> None:
        """Withdraw everything of a case that has not gone out, and void its open decisions."""
        for decision in self.decisions.list(tx, status="open", case_id=case_id):
            self.decisions.void(tx, decision, reason)
        for effect in ledger.listing(tx, case_id=case_id):
            if effect.state in ("proposed", *READY):
                self.withdraw(tx, effect.key, reason)

    def is_stale(self, tx: Connection, decision: Decision) -> bool:
        """Whether an artifact that the decision rests on has a newer version."""
        return decision.case_id is not None and self._outdated(tx, decision.case_id, decision.inputs)

    def _covers(self, tx: Connection, proposal: Proposal) -> bool:
        """Whether the owner's yes that the proposal names is one of its case, and has let nothing go before."""
        if not proposal.decided:
            return False
        decision = self.decisions.get(tx, proposal.decided)
        used = any(each.decision_id == decision.id for each in ledger.of_case(tx, proposal.case_id))
        return decision.case_id == proposal.case_id and decision.status in ("approved", "edited") and not used

    def _must_be_open(self, tx: Connection, proposal: Proposal) -> None:
        case = self.cases.get(tx, proposal.case_id)
        if case.status == "closed":
            reason = f"Case {case.id} is closed ({case.outcome}); nothing new is proposed in it."
            raise Blocked(reason, f"Retry it: aios cases retry {case.id}")
        if case.rollback and proposal.kind != COMPENSATION:
            raise Blocked(f"Case {case.id} is being rolled back; nothing new is proposed in it.")

    def _stands(self, tx: Connection, before: Effect, request: str, inputs: dict[str, int]) -> bool:
        if before.done or before.state in UNDER_WAY:
            return True
        if before.state in ("proposed", *READY):
            return before.proposed == request and before.inputs == inputs
        asked_again = self.cases.get(tx, before.case_id).continued > before.position
        return not (asked_again or before.reason in (INPUT_CHANGED, MODE_CHANGED))

    def _outdated(self, tx: Connection, case_id: str, inputs: dict[str, int]) -> bool:
        newest = {step: self.artifacts.latest(tx, case_id, step) for step in inputs}
        return any(artifact is None or artifact.version != inputs[step] for step, artifact in newest.items())

    def _placed(self, tx: Connection, policy: PolicySet, proposal: Proposal) -> Proposal:
        """The proposal in the mode that its connector is in now, and as urgent as the policies have it."""
        about = proposal.subject
        first = priority(policy, process=about.process, effect=about.effect, otherwise=proposal.priority)
        return replace(proposal, priority=first, mode=proposal.mode or self.modes.current(tx, proposal.connector))

    def _propose(self, tx: Connection, proposal: Proposal, request: str, verdict: Verdict) -> None:
        payload = catalog.EffectProposed(
            key=proposal.key,
            connector=proposal.connector,
            operation=proposal.operation,
            request=request,
            inputs=proposal.inputs,
            verdict=verdict.outcome,
            rule=verdict.rule,
            reason=verdict.reason,
            mode=proposal.mode or self.modes.default,
            step=proposal.step,
            run_id=proposal.run_id,
            priority=proposal.priority,
        )
        self.log.append(tx, NewEvent(f"effect/{proposal.key}", payload, case_id=proposal.case_id))

    def _ask(self, tx: Connection, proposal: Proposal, verdict: Verdict, ttl: timedelta) -> None:
        warnings = (verdict.reason, *proposal.shown.warnings)
        update = {"warnings": warnings, "impact": self._impact(proposal)}
        shown = proposal.shown.model_copy(update=update)
        about = (proposal.case_id, proposal.step, proposal.key, proposal.inputs, verdict.rule)
        self.decisions.open(tx, Question(proposal.kind, shown, *about), ttl)

    def _impact(self, proposal: Proposal) -> Impact:
        """What the proposal says of its impact, and what its contract says of undoing it: before it is approved."""
        said, operation = proposal.shown.impact, self.contract(proposal.connector).operation(proposal.operation)
        how = said.reversible or operation.undo.words
        return said.model_copy(
            update={"reversible": how, "irreversible": not operation.reversible, "mode": proposal.mode}
        )

    def _approve(
        self,
        tx: Connection,
        key: str,
        request: str,
        not_before: datetime | None,
        *,
        decision_id: str = "",
        rule: str = "",
        actor: str = "system",
    ) -> None:
        undo = self.log.clock.now() + self.policies.current().undo_window
        payload = catalog.EffectApproved(
            key=key,
            request=request,
            decision_id=decision_id,
            rule=rule,
            not_before=to_text(max(undo, not_before) if not_before else undo),
        )
        self._say(tx, ledger.get(tx, key), payload, actor)

    def _say(self, tx: Connection, effect: Effect, payload: catalog.Payload, actor: str = "system") -> None:
        self.log.append(tx, NewEvent(f"effect/{effect.key}", payload, case_id=effect.case_id, actor=actor))


def _with_care(before: Effect | None, verdict: Verdict) -> Verdict:
    """No rule lets go by itself what the owner has undone, or what was decided for the other mode."""
    if before is None or verdict.outcome != "allow":
        return verdict
    if before.undone:
        return Verdict("ask", "undone-before", "The owner undid this message once.")
    if before.reason == MODE_CHANGED:
        return Verdict("ask", "mode-changed", f"It was decided for {before.mode}, before you switched the connector.")
    return verdict
