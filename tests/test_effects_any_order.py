"""Whatever happens in whatever order, an effect succeeds at most once, and never gets stuck."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aios.clock import ManualClock
from aios.effects import ledger
from aios.errors import (
    BusinessFailure,
    Conflict,
    CredentialRefused,
    HardFailure,
    NotFound,
    OutcomeUnknown,
    Paused,
    SoftFailure,
)
from tests.desk import PostBox, open_desk
from tests.invariants import check_promises

FAULTS = [
    SoftFailure("451 later"),
    SoftFailure("429 slow down", retry_after=90),
    CredentialRefused("535 no"),
    BusinessFailure("550 no such mailbox"),
    HardFailure("550 never"),
    OutcomeUnknown("lost"),
    RuntimeError("a bug"),
]


class OneEffect(RuleBasedStateMachine):
    """One case, its reply, its owner, and an outside that fails."""

    def __init__(self) -> None:
        super().__init__()
        folder = Path(tempfile.mkdtemp(prefix="aios-order-"))
        self.box = PostBox(folder / "box")
        self.desk = open_desk(f"sqlite:///{folder / 'aios.db'}", ManualClock(), self.box)
        self.case_id = self.desk.case()
        self.key = self.desk.proposal(self.case_id).key
        self.drafts = 0

    @rule(confidence=st.sampled_from([0.5, 0.95]))
    def propose(self, confidence: float) -> None:
        self.desk.gate.propose(self.desk.proposal(self.case_id, confidence=confidence))

    @rule(verdict=st.sampled_from(["approve", "reject", "revise"]))
    def answer(self, verdict: str) -> None:
        with self.desk.database.read() as connection:
            asked = self.desk.decisions.list(connection, status="open", case_id=self.case_id)
        for decision in asked:
            try:
                self.desk.answers.give(decision.id, verdict, decision.version, actor="owner", note="because")
            except Conflict:
                continue

    @rule()
    def draft_anew(self) -> None:
        self.drafts += 1
        self.desk.draft(self.case_id, f"Dear Ana, version {self.drafts}")

    @rule()
    def retry(self) -> None:
        self.desk.cases.retry(self.case_id, actor="owner")

    @rule()
    def undo(self) -> None:
        with contextlib.suppress(Conflict, NotFound):
            self.desk.gate.undo(self.key, "owner")

    @rule(fault=st.sampled_from(FAULTS), after_the_fact=st.booleans())
    def fail_next(self, fault: Exception, after_the_fact: bool) -> None:
        lost = isinstance(fault, OutcomeUnknown | RuntimeError)
        self.box.failures, self.box.lose_answer = [fault], after_the_fact and lost

    @rule()
    def carry_out(self) -> None:
        with self.desk.database.read() as connection:
            known = ledger.find(connection, self.key)
        if known:
            with contextlib.suppress(Paused):
                self.desk.executor.carry_out(self.key)

    @rule()
    def breaker_opens(self) -> None:
        with self.desk.database.write() as tx:
            self.desk.executor.admission.breaker.failed(tx, "connector/mail/sandbox", "soft", "others failed", 300)

    @rule(seconds=st.sampled_from([5, 60, 7200, 800_000]))
    def wait(self, seconds: int) -> None:
        self.desk.clock.advance(seconds=seconds)
        self.desk.answers.expire_overdue()

    @invariant()
    def at_most_once(self) -> None:
        assert len(self.box.letters()) <= 1

    def teardown(self) -> None:
        """It is not stuck: with the outside well and the owner willing, it is done in the end."""
        check_promises(self.desk.database)
        self.box.failures = []
        self.retry()
        self.propose(0.5)
        self.answer("approve")
        self.wait(7200)
        self.carry_out()
        with self.desk.database.read() as connection:
            assert ledger.get(connection, self.key).done
        assert len(self.box.letters()) == 1
        self.desk.database.close()


OneEffect.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyOrder = OneEffect.TestCase
