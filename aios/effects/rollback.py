"""`Rollback`: undo a case: withdraw what has not gone out, then compensate what has, the latest first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from aios.amounts import amounts_in
from aios.cases.cases import FORGOTTEN, ROLLBACK, ROLLED_BACK, Case, Cases
from aios.connectors.contract import Contract
from aios.database import blobs
from aios.decisions.decisions import COMPENSATION
from aios.decisions.shown import Evidence, Impact, Shown
from aios.effects import ledger
from aios.effects.answers import EXPIRED
from aios.effects.carrying import carried
from aios.effects.compensation import Undoing, as_left, asks_outside, compared, how_to_undo, key_of
from aios.effects.executor import Executor, blocked_by
from aios.effects.gate import INPUT_CHANGED, Gate, Proposal
from aios.effects.ledger import READY, STANDS, UNDER_WAY, UNDONE, Effect
from aios.errors import Conflict, SoftFailure
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.policies.schema import ROLLBACK_FLAG
from aios.policies.verdict import Subject
from aios.settings import Mode

BACK = "the case is rolled back"
"""Why what has not gone out of the case is withdrawn, and its open decisions are void."""


class Rollback:
    """Takes a case back, one compensation after the other, each an effect of its own.

    Everything it decides is in the log before anything happens, so whoever goes on after a crash, and two who go on at
    once, come to the same: each compensation has the key of what it undoes.
    """

    def __init__(
        self,
        log: EventLog,
        cases: Cases,
        gate: Gate,
        executor: Executor,
        contract: Callable[[str], Contract],
        undone: Sequence[Callable[[Connection, Effect], None]] = (),
    ) -> None:
        """`undone` are told of each effect that was undone, in the transaction that says so."""
        self.log = log
        self.cases = cases
        self.gate = gate
        self.executor = executor
        self.contract = contract
        self.undone = undone

    def start(self, case_id: str, actor: str) -> None:
        """Withdraw what has not gone out, and have the rest undone; asked for again while it goes on, it goes on.

        Raises `Conflict` where the case is paused, was forgotten, or has nothing left that could be undone.
        """
        with self.log.database.write() as tx:
            case = self.cases.get(tx, case_id)
            if case.rollback:
                return
            self.must_be_possible(tx, case)
            self.gate.cancel(tx, case_id, BACK)
            self.cases.roll_back(tx, case_id, actor=actor)

    def go_on(self, case_id: str) -> None:
        """Undo what is next until nothing is left; the case is then closed.

        Raises `Blocked`, `SoftFailure` or `HardFailure` for what it waits for; a case that is not rolled back stays.
        """
        self._settle(case_id)
        while (effect := self._next(case_id)) is not None:
            self._undo(case_id, effect)
        self._finish(case_id)

    def undoing(self, effect: Effect, doubt: str = "") -> Undoing:
        """How the effect is undone, as its contract and the ledger say; nobody outside is asked."""
        return replace(self._undoing(effect)[0], doubt=doubt)

    def undoing_now(self, effect: Effect) -> Undoing:
        """The same, after asking the outside whether it is as we left it. Raises what the look-up raises."""
        contract = self.contract(effect.connector)
        undoing, asked, left = self._undoing(effect)
        if not undoing.operation or not asks_outside(contract, effect):
            return undoing
        answer = self.executor.connector(effect).look_up(effect.operation, asked, effect.key)
        return compared(contract, undoing, asked, left, answer)

    def is_left(self, case: Case, effect: Effect, undoing: Undoing, undo: Effect | None) -> bool:
        """Whether the effect stays as it is: nothing can undo it, or the owner or a rule said so in this rollback."""
        if not undoing.operation:
            return True
        said_no = undo is not None and undo.state == "withdrawn" and undo.reason not in (EXPIRED, UNDONE, INPUT_CHANGED)
        return said_no and undo is not None and 0 < case.rollback < undo.position

    def must_be_possible(self, tx: Connection, case: Case) -> None:
        """Raise `Conflict` where a rollback cannot be started."""
        if case.paused:
            raise Conflict(f"Case {case.id} is paused.", f"Resume it first: aios cases resume {case.id}")
        if case.outcome == FORGOTTEN:
            raise Conflict(f"Case {case.id} was forgotten on request.", "What went out of it is not known any more.")
        of_case = ledger.of_case(tx, case.id)
        open_ = [each for each in of_case if each.step != ROLLBACK and self._is_open(tx, each, of_case)]
        if case.outcome == ROLLED_BACK and not open_:
            raise Conflict(f"Case {case.id} was rolled back already.", "There is nothing left to undo in it.")

    def _is_open(self, tx: Connection, effect: Effect, of_case: list[Effect]) -> bool:
        done = effect.state in STANDS and bool(self._read_undoing(tx, effect, of_case)[0].operation)
        return done or effect.state in ("proposed", *READY, *UNDER_WAY)

    def _settle(self, case_id: str) -> None:
        """What may have gone out is looked up; what has not is withdrawn. Nothing is undone before that is known."""
        with self.log.database.read() as connection:
            case = self.cases.get(connection, case_id)
            found = [each for each in ledger.of_case(connection, case_id) if each.step != ROLLBACK]
        for effect in found:
            if effect.state in UNDER_WAY:
                self._look_up(case, effect)
        with self.log.database.write() as tx:
            for effect in ledger.of_case(tx, case_id):
                if effect.step != ROLLBACK and effect.state in ("proposed", *READY):
                    self.gate.withdraw(tx, effect.key, BACK)

    def _look_up(self, case: Case, effect: Effect) -> None:
        now = self.executor.reconcile(effect.key)
        if now.state == "unknown" and not now.not_before:
            carried(self.executor, case, now)
        if now.state in UNDER_WAY:
            raise SoftFailure(f"{effect.key} is under way; nothing is undone until it is known whether it went out.")

    def _next(self, case_id: str) -> Effect | None:
        """What was done last of all that is still to be undone."""
        with self.log.database.read() as connection:
            case = self.cases.get(connection, case_id)
            of_case = ledger.of_case(connection, case_id) if case.rollback else []
            by_key = {each.key: each for each in of_case}
            for effect in of_case:
                if effect.step == ROLLBACK or effect.state not in STANDS:
                    continue
                undoing = self._read_undoing(connection, effect, of_case)[0]
                if not self.is_left(case, effect, undoing, by_key.get(key_of(effect.key))):
                    return effect
        return None

    def _undo(self, case_id: str, effect: Effect) -> None:
        with self.log.database.read() as connection:
            case = self.cases.get(connection, case_id)
            undo = ledger.find(connection, key_of(effect.key))
        if undo is None or self._may_be_proposed(case, undo):
            undo = self.gate.propose(self._proposal(case, self.undoing_now(effect)))
        if undo.state in (*READY, *UNDER_WAY):
            undo = self.executor.carry_out(undo.key)
        if undo.state == "failed":
            undo = self._asked_anew(case, effect, undo)
        if undo.state == "withdrawn":
            if undo.reason in (EXPIRED, UNDONE):
                raise blocked_by(undo)
            return  # a rule denies it: it is left as it is
        done = carried(self.executor, case, undo)
        with self.log.database.write() as tx:
            if ledger.get(tx, effect.key).state in STANDS:
                payload = catalog.EffectCompensated(key=effect.key, by=done.key)
                self.log.append(tx, NewEvent(f"effect/{effect.key}", payload, case_id=case_id))
                for told in self.undone:
                    told(tx, effect)

    def _may_be_proposed(self, case: Case, undo: Effect) -> bool:
        """Whether one that does not happen is proposed anew: since it was given up, the case was asked to go on."""
        given_up = undo.state in ("withdrawn", "failed")
        return given_up and (undo.reason == INPUT_CHANGED or case.continued > undo.position)

    def _asked_anew(self, case: Case, effect: Effect, failed: Effect) -> Effect:
        """One that failed because the outside has changed in between is another question; otherwise it stays failed."""
        undoing = self.undoing_now(effect)
        if not undoing.doubt:
            return failed
        with self.log.database.write() as tx:
            if ledger.get(tx, failed.key).position == failed.position:
                self.gate.withdraw(tx, failed.key, INPUT_CHANGED)
        return self.gate.propose(self._proposal(case, undoing))

    def _proposal(self, case: Case, undoing: Undoing) -> Proposal:
        effect, contract = undoing.effect, self.contract(undoing.effect.connector)
        key, what = key_of(effect.key), contract.preview(undoing.operation, undoing.request)
        people = _people(undoing.request)
        subject = Subject(
            process=case.process,
            effect=f"{effect.connector}.{undoing.operation}",
            confidence=1.0,
            text=what,
            amounts=tuple(amounts_in(what)),
            recipients=people,
            tier="",
            first_contact=False,
            flags=(ROLLBACK_FLAG,),
            now=self.log.clock.now(),
            case_id=case.id,
            key=key,
        )
        must_ask = undoing.doubt or ("" if undoing.takes_back else "It takes nothing back, so you say what it says.")
        return Proposal(
            key=key,
            case_id=case.id,
            step=ROLLBACK,
            connector=effect.connector,
            operation=undoing.operation,
            request=undoing.request,
            inputs={},
            shown=_shown(undoing, what, len(people)),
            subject=subject,
            priority=effect.priority,
            kind=COMPENSATION,
            mode=_mode(effect),
            must_ask=must_ask,
        )

    def _finish(self, case_id: str) -> None:
        """Close the case with what stays; a message that came in meanwhile is worked on from now on."""
        with self.log.database.write() as tx:
            case = self.cases.get(tx, case_id)
            if not case.rollback:
                return
            self.cases.close(tx, case_id, ROLLED_BACK, self._stays(tx, case_id))
            if case.trigger and self.log.get(tx, case.trigger).position > case.rollback:
                first = self.cases.processes[case.process].steps[0]
                self.cases.continue_(tx, case_id, first, "it came in during the rollback", trigger=case.trigger)

    def _stays(self, tx: Connection, case_id: str) -> str:
        of_case = ledger.of_case(tx, case_id)
        stays = [each for each in of_case if each.step != ROLLBACK and each.state in STANDS]
        named = ", ".join(f"{each.connector} {each.operation}" for each in reversed(stays))
        return f"Not undone: {named}."[:500] if stays else "Everything that went out was undone."

    def _undoing(self, effect: Effect) -> tuple[Undoing, Any, dict[str, Any]]:
        with self.log.database.read() as connection:
            return self._read_undoing(connection, effect, ledger.of_case(connection, effect.case_id))

    def _read_undoing(
        self, connection: Connection, effect: Effect, of_case: list[Effect]
    ) -> tuple[Undoing, Any, dict[str, Any]]:
        contract = self.contract(effect.connector)
        asked = blobs.find_json(connection, effect.request, {})
        left = as_left(contract, effect, of_case)
        return how_to_undo(contract, effect, asked, left), asked, left


def _shown(undoing: Undoing, what: str, people: int) -> Shown:
    effect = undoing.effect
    done = Evidence(
        label=f"{effect.connector.capitalize()} {effect.operation} was done",
        text=f"At {effect.updated_at[:16].replace('T', ' ')} UTC.",
        source="effect",
        link=f"/cases/{effect.case_id}",
    )
    return Shown(
        title=f"Undo {effect.connector} {effect.operation} of {effect.case_id}",
        summary=undoing.words,
        evidence=(done, Evidence(label="What would happen", text=what, source=effect.connector)),
        proposal=undoing.request,
        editable=undoing.editable,
        diff=undoing.differs,
        diff_against="how we left it",
        warnings=(undoing.doubt,) if undoing.doubt else (),
        impact=Impact(people=people, mode=effect.mode),
    )


def _people(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom the request names as reached by it."""
    return tuple(str(each) for name in ("to", "attendees") for each in request.get(name, ()))


def _mode(effect: Effect) -> Mode:
    return "live" if effect.mode == "live" else "sandbox"
