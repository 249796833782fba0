"""A connector is switched between sandbox and live while aios runs; nothing decided for one goes out in the other."""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import SecretStr

from aios.cli.connectors import app as family
from aios.clock import ManualClock
from aios.connectors.registry import open_registry
from aios.credentials.file import CredentialsFile
from aios.effects import ledger
from aios.effects.admission import Admission
from aios.effects.ledger import Effect
from aios.effects.switching import Switched, switch
from aios.errors import AiosError, CredentialMissing, Misconfigured, NotFound, OutcomeUnknown, Paused, SoftFailure
from aios.events import catalog
from aios.kernel import Kernel
from aios.settings import Settings
from tests.commands import here
from tests.company import Company, found_company
from tests.desk import PostBox, open_desk
from tests.peers.smtp import SmtpPeer
from tests.workplace import client_of, kernel_at, post

ASKS = "Hello, we need a website of six pages. How much does it cost?"


@pytest.fixture
def smtp() -> Iterator[SmtpPeer]:
    peer = SmtpPeer().start()
    yield peer
    peer.stop()


@pytest.fixture
def company(home: Path, smtp: SmtpPeer) -> Iterator[Company]:
    """In the sandbox, with everything that live would need."""
    CredentialsFile(home / "credentials").change("AIOS_SMTP_URL", smtp.url)
    company = found_company(home, aios_owner_email="mara@nordlicht.example")
    company.learn()
    yield company
    company.kernel.close()


def turn(kernel: Kernel, mode: Any, name: str = "mail") -> Switched:
    return switch(kernel.gate, kernel.connectors, name, mode, "owner")


def only_effect(company: Company, case_id: str) -> Effect:
    [effect] = company.effects(case_id)
    return effect


def shown_mode(company: Company, case_id: str) -> str:
    with company.kernel.database.read() as connection:
        return company.kernel.decisions.shown(connection, company.decision(case_id)).impact.mode


def test_what_was_approved_for_the_sandbox_is_asked_again_before_it_goes_out_live(
    company: Company, smtp: SmtpPeer
) -> None:
    case_id = company.mail(ASKS)
    company.work()
    assert shown_mode(company, case_id) == "sandbox"
    company.answer(case_id)
    company.work()
    assert turn(company.kernel, "live") == Switched("mail", "live", changed=True, asked_again=1)
    assert only_effect(company, case_id).state == "withdrawn"
    company.pass_undo_window()
    assert smtp.stored == [] and company.outbox() == []
    assert only_effect(company, case_id).mode == "live" and shown_mode(company, case_id) == "live"
    company.answer(case_id)
    company.work()
    company.pass_undo_window()
    assert only_effect(company, case_id).state == "succeeded" and len(smtp.stored) == 1


def test_an_open_question_about_the_other_mode_is_void_and_asked_anew(company: Company) -> None:
    case_id = company.mail(ASKS)
    company.work()
    before = company.decision(case_id)
    turn(company.kernel, "live")
    company.work()
    after = company.decision(case_id)
    assert before.id != after.id and shown_mode(company, case_id) == "live"


def test_a_rule_that_would_let_it_go_asks_where_it_was_first_decided_for_the_other_mode(
    company: Company, smtp: SmtpPeer
) -> None:
    rules = 'rules:\n  - {name: all, when: {effect: ["mail.send"]}, then: allow}\n'
    company.kernel.policies.file.write_text(f"version: 1\nundo_seconds: 30\n{rules}")
    assert company.kernel.policies.reload().outcome == "adopted"
    case_id = company.mail(ASKS)
    company.work()
    assert only_effect(company, case_id).rule == "all"
    turn(company.kernel, "live")
    company.work()
    company.pass_undo_window()
    assert company.decision(case_id).rule == "mode-changed" and smtp.stored == []


def test_what_was_approved_for_live_does_not_go_out_once_it_is_back_in_the_sandbox(
    company: Company, smtp: SmtpPeer
) -> None:
    turn(company.kernel, "live")
    case_id = company.mail(ASKS)
    company.work()
    company.answer(case_id)
    company.work()
    assert turn(company.kernel, "sandbox").asked_again == 1
    company.pass_undo_window()
    assert smtp.stored == [] and shown_mode(company, case_id) == "sandbox"
    company.answer(case_id)
    company.work()
    company.pass_undo_window()
    assert only_effect(company, case_id).state == "captured" and smtp.stored == []


def test_what_is_under_way_live_is_looked_up_there_and_then_waits_for_live(company: Company, smtp: SmtpPeer) -> None:
    turn(company.kernel, "live")
    case_id = company.mail(ASKS)
    company.work()
    company.answer(case_id)
    company.work()
    kernel, effect = company.kernel, only_effect(company, case_id)
    kernel.clock.advance(seconds=60)
    with kernel.database.write() as tx:
        claimed = catalog.EffectClaimed(key=effect.key, attempt=1, worker="gone:1", until=effect.proposed_at)
        deferred = catalog.EffectDeferred(key=effect.key, reason="Not there.", not_before=effect.proposed_at)
        say = kernel.executor._append
        say(tx, effect, claimed)
    assert turn(kernel, "sandbox") == Switched("mail", "sandbox", changed=True, under_way=1)
    with kernel.database.write() as tx:
        say(tx, ledger.get(tx, effect.key), deferred)
        assert kernel.executor.due(tx) == []
    with pytest.raises(Paused, match="decided for live"):
        kernel.executor.carry_out(effect.key)
    assert "1 decided for live waits" in client_of(kernel).get("/connectors").text
    turn(kernel, "live")
    assert smtp.stored == []


def test_live_is_refused_without_what_it_needs_with_the_remedy(home: Path) -> None:
    kernel = kernel_at(home)
    with pytest.raises(CredentialMissing, match="aios credentials set AIOS_SMTP_URL"):
        turn(kernel, "live")
    with pytest.raises(NotFound):
        turn(kernel, "live", "pigeon")
    page = post(client_of(kernel), "/connectors/use", connector="mail", mode="live").text
    assert "It stays in the sandbox." in page and "AIOS_SMTP_URL" in page
    answer = client_of(kernel).post("/api/connectors/mail/mode", json={"mode": "live"})
    assert answer.status_code == 409 and "AIOS_SMTP_URL" in answer.json()["remedy"]
    kernel.close()
    nobody = kernel_at(home, aios_owner_email="owner@example.com", aios_smtp_url="smtp://127.0.0.1")
    with pytest.raises(Misconfigured, match="AIOS_OWNER_EMAIL"):
        turn(nobody, "live")
    nobody.close()


def test_the_switch_is_in_the_log_holds_after_a_restart_and_says_so_everywhere(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = {"AIOS_SMTP_URL": "smtp://127.0.0.1:9", "AIOS_OWNER_EMAIL": "me@studio.example"}
    said = here(family, home, monkeypatch, "use", "mail", "live", **setting)
    assert said.output.strip() == "mail is live from now on."
    again = here(family, home, monkeypatch, "use", "mail", "live", "--json", **setting)
    assert json.loads(again.output)["changed"] is False
    kernel = kernel_at(home, aios_smtp_url="smtp://127.0.0.1:9")
    client = client_of(kernel)
    modes = {each["name"]: each["mode"] for each in client.get("/api/connectors").json()["connectors"]}
    assert modes["mail"] == "live" and {mode for name, mode in modes.items() if name != "mail"} == {"sandbox"}
    assert "Live: Mail" in client.get("/").text and client.get("/api/health").json()["mode"] == "live"
    assert [event["type"] for event in client.get("/api/events", params={"stream": "connector/mail"}).json()["events"]]
    kernel.close()


def test_switching_to_what_it_is_already_says_nothing_and_asks_nobody_again(company: Company) -> None:
    case_id = company.mail(ASKS)
    company.work()
    before = company.decision(case_id)
    assert turn(company.kernel, "sandbox") == Switched("mail", "sandbox", changed=False)
    assert company.decision(case_id) == before


class Switching(RuleBasedStateMachine):
    """One case and its reply, an owner who answers and switches, and an outside of each mode that counts."""

    def __init__(self) -> None:
        super().__init__()
        folder = Path(tempfile.mkdtemp(prefix="aios-modes-"))
        self.boxes = {mode: PostBox(folder / mode) for mode in ("sandbox", "live")}
        self.desk = open_desk(f"sqlite:///{folder / 'aios.db'}", ManualClock())
        desk, modes = self.desk, self.desk.gate.modes
        desk.executor.connectors = {("mail", mode): box for mode, box in self.boxes.items()}
        desk.executor.admission = Admission(desk.log, modes=modes)
        given = Settings(aios_home=folder, aios_owner_email="me@studio.example", aios_smtp_url=SecretStr("smtp://x"))
        self.registry = open_registry(given, desk.clock)
        self.case_id = desk.case()
        self.key = desk.proposal(self.case_id).key

    def effect(self) -> Effect | None:
        with self.desk.database.read() as connection:
            return ledger.find(connection, self.key)

    @rule(confidence=st.sampled_from([0.5, 0.95]))
    def propose(self, confidence: float) -> None:
        with contextlib.suppress(AiosError):
            self.desk.gate.propose(self.desk.proposal(self.case_id, confidence=confidence))

    @rule(verdict=st.sampled_from(["approve", "approve", "reject"]))
    def answer(self, verdict: Any) -> None:
        with self.desk.database.read() as connection:
            asked = self.desk.decisions.list(connection, status="open", case_id=self.case_id, kind="effect")
        for one in asked:
            self.desk.answers.give(one.id, verdict, one.version, actor="owner")

    @rule(mode=st.sampled_from(["sandbox", "live"]))
    def turn(self, mode: Any) -> None:
        switch(self.desk.gate, self.registry, "mail", mode, "owner")

    @rule(failure=st.sampled_from([None, SoftFailure("451"), OutcomeUnknown("lost")]), lost=st.booleans())
    def carry_out(self, failure: Exception | None, lost: bool) -> None:
        self.desk.clock.advance(seconds=700)
        before, now = self.effect(), self.mode()
        sent = len(self.boxes["live"].letters())
        for box in self.boxes.values():
            box.failures, box.lose_answer = [failure] if failure else [], lost and isinstance(failure, OutcomeUnknown)
        with contextlib.suppress(AiosError):
            self.desk.executor.carry_out(self.key)
        if len(self.boxes["live"].letters()) > sent:
            assert before is not None and before.mode == now == "live"

    def mode(self) -> str:
        with self.desk.database.read() as connection:
            return self.desk.gate.modes.current(connection, "mail")

    @invariant()
    def what_waits_was_decided_for_the_mode_that_holds(self) -> None:
        effect = self.effect()
        if effect is not None and effect.state == "proposed":
            assert effect.mode == self.mode()
        assert sum(len(box.letters()) for box in self.boxes.values()) <= 1


@pytest.mark.slow
class TestSwitching(Switching.TestCase):
    settings = settings(max_examples=12, stateful_step_count=8, deadline=None)
