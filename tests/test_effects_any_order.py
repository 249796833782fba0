"""Whatever happens in whatever order, an effect succeeds at most once, is undone at most once, and never gets stuck."""

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aios.clock import ManualClock
from aios.decisions.decisions import Decision
from aios.effects import executor, ledger
from aios.effects.answers import OF_EFFECTS
from aios.effects.compensation import key_of
from aios.errors import (
    AiosError,
    BusinessFailure,
    CredentialRefused,
    HardFailure,
    OutcomeUnknown,
    SoftFailure,
)
from tests.desk import open_desk
from tests.invariants import check_promises
from tests.shelf import SHELF, Shelf

FAULTS = [
    SoftFailure("451 later"),
    SoftFailure("429 slow down", retry_after=90),
    CredentialRefused("535 no"),
    BusinessFailure("550 no such mailbox"),
    HardFailure("550 never"),
    OutcomeUnknown("lost"),
    RuntimeError("a bug"),
]

POINTS = ["claimed", "performed", "commit"]


class Killed(BaseException):
    """The worker dies here: what it held in memory is gone, what it committed stays."""


class OneEffect(RuleBasedStateMachine):
    """One case, its reply, its owner, two workers, and an outside that fails and that others change."""

    def __init__(self) -> None:
        super().__init__()
        folder = Path(tempfile.mkdtemp(prefix="aios-order-"))
        self.box = Shelf(folder / "box")
        self.desk = open_desk(f"sqlite:///{folder / 'aios.db'}", ManualClock(), self.box, contract=SHELF)
        self.case_id = self.desk.case()
        self.key = self.desk.proposal(self.case_id).key
        self.drafts = 0
        self.killed_at = ("", 0)
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(executor, "reach", self._reach)
        self.patch.setattr("aios.database.engine.reach", self._reach)

    def _reach(self, point: str) -> None:
        at, left = self.killed_at
        if at == point:
            self.killed_at = (at, left - 1) if left > 1 else ("", 0)
            if left == 1:
                raise Killed

    def act(self, what: Callable[..., Any], *given: Any, **named: Any) -> None:
        """Do it; that it is not possible now, or that the worker dies in it, is all the same."""
        with contextlib.suppress(AiosError, Killed):
            what(*given, **named)

    @rule(confidence=st.sampled_from([0.5, 0.95]))
    def propose(self, confidence: float) -> None:
        self.act(self.desk.gate.propose, self.desk.proposal(self.case_id, confidence=confidence))

    @rule(verdict=st.sampled_from(["approve", "reject", "revise"]))
    def answer(self, verdict: str) -> None:
        for decision in self.asked:
            self.act(self.desk.answers.give, decision.id, verdict, decision.version, actor="owner", note="because")

    @rule()
    def draft_anew(self) -> None:
        self.drafts += 1
        self.act(self.desk.draft, self.case_id, f"Dear Ana, version {self.drafts}")

    @rule()
    def retry(self) -> None:
        self.act(self.desk.cases.retry, self.case_id, actor="owner")

    @rule()
    def undo(self) -> None:
        self.act(self.desk.gate.undo, self.key, "owner")
        self.act(self.desk.gate.undo, key_of(self.key), "owner")

    @rule()
    def void(self) -> None:
        for decision in self.asked:
            self.act(self.void_one, decision)

    def void_one(self, decision: Decision) -> None:
        with self.desk.database.write() as tx:
            self.desk.decisions.void(tx, decision, "somebody voids it")
            if decision.kind in OF_EFFECTS:
                self.desk.gate.withdraw(tx, decision.effect_key, "void")

    @rule()
    def cancel(self) -> None:
        self.act(self.desk.answers.cancel_case, self.case_id, "owner")

    @rule()
    def roll_back(self) -> None:
        self.act(self.desk.rollback.start, self.case_id, "owner")

    @precondition(lambda self: self.rolls_back)
    @rule()
    def go_on(self) -> None:
        self.act(self.desk.rollback.go_on, self.case_id)

    @rule()
    def another_changes_it(self) -> None:
        self.box.version += 1

    @rule(by=st.sampled_from(["carry_out", "go_on"]))
    def another_worker_meanwhile(self, by: str) -> None:
        self.box.meanwhile = self.carry_out if by == "carry_out" else self.go_on

    @rule(point=st.sampled_from(POINTS), count=st.integers(1, 4))
    def kill_next(self, point: str, count: int) -> None:
        self.killed_at = (point, count)

    @rule(fault=st.sampled_from(FAULTS), after_the_fact=st.booleans())
    def fail_next(self, fault: Exception, after_the_fact: bool) -> None:
        lost = isinstance(fault, OutcomeUnknown | RuntimeError)
        self.box.failures, self.box.lose_answer = [fault], after_the_fact and lost

    @rule()
    def carry_out(self) -> None:
        for key in (self.key, key_of(self.key)):
            if self.state(key):
                self.act(self.desk.executor.carry_out, key)

    @rule()
    def breaker_opens(self) -> None:
        self.act(self.others_fail)

    def others_fail(self) -> None:
        with self.desk.database.write() as tx:
            self.desk.executor.admission.breaker.failed(tx, "connector/mail/sandbox", "soft", "others failed", 300)

    @rule(seconds=st.sampled_from([5, 60, 7200, 800_000]))
    def wait(self, seconds: int) -> None:
        self.desk.clock.advance(seconds=seconds)
        self.act(self.desk.answers.expire_overdue)

    @invariant()
    def each_at_most_once(self) -> None:
        assert all(number == 1 for number in Counter(self.box.letters()).values())

    @property
    def asked(self) -> list[Decision]:
        with self.desk.database.read() as connection:
            return self.desk.decisions.list(connection, status="open", case_id=self.case_id)

    @property
    def rolls_back(self) -> bool:
        with self.desk.database.read() as connection:
            return self.desk.cases.get(connection, self.case_id).rollback > 0

    def state(self, key: str) -> str:
        with self.desk.database.read() as connection:
            found = ledger.find(connection, key)
        return found.state if found else ""

    def teardown(self) -> None:
        """It is not stuck: with the outside well and the owner willing, it is done in the end, and then undone."""
        self.patch.undo()
        check_promises(self.desk.database)
        self.box.failures, self.box.meanwhile = [], None
        self.undone_in_the_end()
        if self.state(self.key) != "compensated":
            self.done_in_the_end()
            self.roll_back()
            self.undone_in_the_end()
        assert self.state(self.key) == "compensated" and not self.rolls_back
        assert sorted(self.box.letters()) == sorted([self.key, key_of(self.key)])
        check_promises(self.desk.database)
        self.desk.database.close()

    def done_in_the_end(self) -> None:
        self.retry()
        self.propose(0.5)
        self.answer("approve")
        self.wait(7200)
        self.carry_out()
        assert self.state(self.key) in ("captured", "succeeded")

    def undone_in_the_end(self) -> None:
        for _ in range(6):
            if not self.rolls_back:
                return
            self.retry()
            self.go_on()
            self.answer("approve")
            self.wait(7200)
        self.go_on()
        assert not self.rolls_back


OneEffect.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyOrder = OneEffect.TestCase
