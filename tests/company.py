"""A whole company on one kernel, without Dagster: feed it, let it work, look at what came of it."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from aios.cases.cases import Case
from aios.clock import Clock, ManualClock
from aios.decisions.decisions import Decision
from aios.effects import ledger
from aios.effects.ledger import Effect
from aios.events.catalog import CaseContinued
from aios.invoices.invoice import Invoice
from aios.invoices.ubl_writer import write_ubl
from aios.kernel import Kernel, open_kernel
from aios.processes.runner import Runner, StepResult
from aios.settings import Settings

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

MAIL = """From: {name} <{email}>
To: studio@nordlicht.example
Subject: {subject}
Message-ID: <{id}@lead.example>
Date: Mon, 2 Nov 2026 08:30:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{text}
"""


@dataclass
class Company:
    """A kernel in its home; `cursor` is how far its events have been worked on."""

    kernel: Kernel
    cursor: int = 0
    results: dict[str, list[StepResult]] = field(default_factory=dict)

    def mail(
        self,
        text: str,
        *,
        email: str = "ana@lead.example",
        name: str = "Ana Lopes",
        subject: str = "A new website",
        id: str = "m1",
        headers: str = "",
    ) -> str:
        """Receive a mail; returns its case."""
        raw = headers + MAIL.format(name=name, email=email, subject=subject, id=id, text=text)
        receipt = self.kernel.intake.receive_mail(raw.encode())
        assert receipt.case_id, receipt
        return receipt.case_id

    def bill(self, invoice: Invoice, *, id: str = "r1") -> str:
        """Receive an invoice as UBL; returns its case."""
        receipt = self.kernel.intake.receive_invoice(f"{id}.xml", write_ubl(invoice))
        assert receipt.case_id, receipt
        return receipt.case_id

    def learn(self) -> None:
        """Learn the example documents about the business."""
        self.kernel.memory.ingest_folder(EXAMPLES / "business")

    def drop(self, folder: Path = EXAMPLES / "inbox") -> None:
        """Drop every file of a folder into the inbox, and sweep it."""
        for file in sorted(folder.iterdir()):
            self.kernel.intake.receive_file(file.name, file.read_bytes())

    def work(self) -> None:
        """Run every case that opened or continued since the last time, then whatever effects are due."""
        with self.kernel.database.read() as connection:
            types = ("case.opened", "case.continued")
            found = self.kernel.log.read(connection, after=self.cursor, types=types)
        for event in found:
            self._run(event.case_id or "", event.payload.step if isinstance(event.payload, CaseContinued) else "")
            self.cursor = event.position
        with self.kernel.database.read() as connection:
            due = self.kernel.executor.due(connection)
        for effect in due:
            self._run(effect.case_id, effect.step)

    def _run(self, case_id: str, first: str) -> None:
        from assets.chains import chain_of

        chain = chain_of(case_id)
        assert chain, case_id
        steps = chain.process.steps_from(first)
        self.results[case_id] = Runner(self.kernel, chain.process).run_case(case_id, steps, "run")

    def pass_undo_window(self) -> None:
        """Let the undo window pass, and carry out what is due."""
        assert isinstance(self.kernel.clock, ManualClock)
        self.kernel.clock.advance(seconds=self.kernel.policies.current().undo_seconds + 1)
        self.work()

    def case(self, case_id: str) -> Case:
        with self.kernel.database.read() as connection:
            return self.kernel.cases.get(connection, case_id)

    def cases(self) -> list[Case]:
        with self.kernel.database.read() as connection:
            return sorted(self.kernel.cases.list(connection), key=lambda case: case.number)

    def decision(self, case_id: str) -> Decision:
        """The one open decision of a case."""
        with self.kernel.database.read() as connection:
            [decision] = self.kernel.decisions.list(connection, case_id=case_id, status="open")
        return decision

    def answer(self, case_id: str, verdict: str = "approve", **given) -> None:
        """Answer the open decision of a case."""
        decision = self.decision(case_id)
        self.kernel.answers.give(decision.id, verdict, decision.version, actor="owner", **given)

    def effects(self, case_id: str = "") -> list[Effect]:
        with self.kernel.database.read() as connection:
            return ledger.listing(connection, case_id=case_id)

    def outbox(self) -> list[str]:
        """The mails that the sandbox took, as text."""
        return [file.read_text() for file in sorted((self.kernel.settings.home / "outbox").rglob("*.eml"))]

    def output(self, case_id: str, step: str) -> dict:
        """The newest output of a step."""
        with self.kernel.database.read() as connection:
            artifact = self.kernel.artifacts.latest(connection, case_id, step)
            assert artifact is not None, f"{step} of {case_id} is missing: {self.case(case_id)}"
            return self.kernel.artifacts.content(connection, artifact)


def found_company(home: Path, database_url: str = "", clock: Clock | None = None, **settings) -> Company:
    """A new company, in the sandbox and without a key unless settings say otherwise."""
    url = {"aios_database_url": database_url} if database_url else {}
    given = Settings.model_validate({"aios_home": home, "aios_embeddings": "lexical", **url, **settings})
    kernel = open_kernel(given, clock or ManualClock())
    kernel.policies.install_default()
    kernel.policies.reload()
    return Company(kernel)


def copy_examples(home: Path) -> None:
    """The business documents where the upkeep sensor looks for them."""
    shutil.copytree(EXAMPLES / "business", home / "business", dirs_exist_ok=True)
