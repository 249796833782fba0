"""The owner's side of the kernel on a bare database: cases, decisions, effects, a policy, and a mail connector."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from aios.cases.artifacts import Artifacts
from aios.cases.cases import Cases
from aios.cases.process import LEAD_INTAKE, PROCESSES
from aios.cases.projection import CaseProjection
from aios.clock import ManualClock
from aios.connectors.base import Absent, Connector, Found, Health, LookUp
from aios.connectors.contract import Contract
from aios.connectors.mail.contract import MAIL
from aios.database import blobs
from aios.database.engine import Database
from aios.decisions.decisions import Decisions
from aios.decisions.projection import DecisionProjection
from aios.decisions.shown import Shown
from aios.effects.answers import Answers
from aios.effects.executor import Executor
from aios.effects.gate import Gate, Proposal
from aios.effects.ledger import EffectProjection
from aios.effects.rollback import Rollback
from aios.effects.switches import SwitchProjection
from aios.events.catalog import LeadReceived, Sender
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.policies.policies import Policies
from aios.policies.verdict import Subject
from tests.tables import create_tables

ALLOW = """
version: 1
undo_seconds: 10
rules:
  - name: let-it-go
    when: {effect: [mail.send], confidence_at_least: 0.9}
    then: allow
    because: A test lets confident mail go.
  - name: never-to-the-press
    when: {recipient_domains: [press.example]}
    then: deny
    because: Not by mail.
"""


class PostBox:
    """An outside that counts: a connector whose letters lie in a folder, one file per operation and key."""

    name = "mail"
    mode = "sandbox"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failures: list[Exception] = []
        self.lose_answer = False
        self.blind = False
        folder.mkdir(exist_ok=True)

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        if self.failures and not self.lose_answer:
            raise self.failures.pop(0)
        number = len(list(self.folder.iterdir()))
        (self.folder / f"{number:04d}").write_text(key)
        if self.failures:
            raise self.failures.pop(0)
        return {"message_id": f"<{key}>"}

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        return Found({"message_id": f"<{key}>"}) if key in self.letters() else Absent()

    def check(self) -> Health:
        return Health("mail", "ok")

    def letters(self) -> list[str]:
        """The keys of what lies in the box."""
        return [file.read_text() for file in sorted(self.folder.iterdir())]


@dataclass
class Desk:
    """The parts, and short ways to use them."""

    database: Database
    clock: ManualClock
    log: EventLog
    cases: Cases
    artifacts: Artifacts
    decisions: Decisions
    gate: Gate
    answers: Answers
    executor: Executor
    rollback: Rollback
    policies: Policies

    def case(self) -> str:
        """A case that has received a lead and drafted its first reply."""
        with self.database.write() as tx:
            case_id = self.cases.next_id(tx, LEAD_INTAKE.name)
            message = LeadReceived(channel="form", sender=Sender(email="ana@lead.example"), text="How much is a site?")
            received = self.log.append(tx, NewEvent(f"case/{case_id}", message, case_id))
            self.cases.open(tx, case_id, LEAD_INTAKE.name, "A site", received.event.id)
        self.draft(case_id, "Dear Ana")
        return case_id

    def draft(self, case_id: str, text: str) -> None:
        """A new version of the draft, kept as the runner keeps it."""
        with self.database.write() as tx:
            _, made = self.artifacts.record(tx, case_id, "lead_reply_draft", {"text": text}, {}, {})
            if made:
                self.gate.void_stale(tx, case_id)

    def proposal(self, case_id: str, *, confidence: float = 0.5, to: str = "ana@lead.example") -> Proposal:
        """The proposal to send the newest draft."""
        with self.database.read() as connection:
            draft = self.artifacts.latest(connection, case_id, "lead_reply_draft")
            assert draft is not None
            text = self.artifacts.content(connection, draft)["text"]
            trigger = self.cases.get(connection, case_id).trigger
        key = f"mail.send/{case_id}/{trigger}"
        request = {"to": [to], "subject": "Your site", "text": text}
        subject = Subject(
            process=LEAD_INTAKE.name,
            effect="mail.send",
            confidence=confidence,
            text=text,
            amounts=(),
            recipients=(to,),
            tier="rules",
            first_contact=True,
            flags=(),
            now=self.clock.now(),
            case_id=case_id,
            key=key,
        )
        shown = Shown(title="Reply to Ana", proposal=request, editable=("subject", "text"), confidence=confidence)
        inputs = {"lead_reply_draft": draft.version}
        return Proposal(key, case_id, "lead_reply", "mail", "send", request, inputs, shown, subject)

    def open_decision(self, case_id: str):
        """The one open decision of the case."""
        with self.database.read() as connection:
            [decision] = self.decisions.list(connection, status="open", case_id=case_id)
        return decision

    def sent_text(self, key: str) -> str:
        """The text of the request that was approved under the key."""
        from aios.effects import ledger

        with self.database.read() as connection:
            return blobs.get_json(connection, ledger.get(connection, key).request)["text"]


def open_desk(
    database: Database | str,
    clock: ManualClock,
    connector: Connector | None = None,
    policy: str = ALLOW,
    contract: Contract = MAIL,
) -> Desk:
    """The parts on a database; with a connector, effects can be carried out."""
    if isinstance(database, str):
        database = Database(database)
        create_tables(database)
    projections = (CaseProjection(), DecisionProjection(), EffectProjection(), SwitchProjection())
    log = EventLog(database, clock, projections)
    cases, artifacts, decisions = Cases(log, PROCESSES), Artifacts(log), Decisions(log)
    policies = Policies(log, _policy_file(database, policy))
    assert policies.reload().outcome in ("adopted", "unchanged"), policies.reload()
    gate = Gate(log, cases, artifacts, decisions, policies, "sandbox", lambda _name: contract)
    connectors = {("mail", "sandbox"): connector} if connector else {}
    executor = Executor(log, connectors, timedelta(seconds=60))
    rollback = Rollback(log, cases, gate, executor, lambda _name: contract)
    answers = Answers(log, cases, decisions, gate, lambda _name, *rest: MAIL.parse(*rest))
    return Desk(database, clock, log, cases, artifacts, decisions, gate, answers, executor, rollback, policies)


def _policy_file(database: Database, text: str) -> Path:
    import tempfile

    file = Path(tempfile.mkdtemp(prefix="aios-desk-")) / "policies.yaml"
    file.write_text(text)
    return file
