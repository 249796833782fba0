"""A case that has done things outside, the run that undoes it, and processes that do so and may be killed."""

import os
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aios.cases.cases import Case
from aios.cases.process import LEAD_INTAKE
from aios.clock import ManualClock, SystemClock, to_text
from aios.database import blobs
from aios.decisions.decisions import Decision
from aios.effects import ledger
from aios.effects.ledger import Effect
from aios.events import catalog
from aios.events.event import NewEvent
from aios.kernel import Kernel
from aios.processes.process import Process
from aios.processes.runner import Runner, StepResult
from tests.forking import CONTEXT
from tests.workplace import kernel_at, lead

CREATE: dict[str, Any] = {
    "title": "Call with Ada",
    "start": "2026-11-05T10:00:00+01:00",
    "end": "2026-11-05T10:30:00+01:00",
}
LATER = {"start": "2026-11-06T14:00:00+01:00", "end": "2026-11-06T14:30:00+01:00"}
MAIL: dict[str, Any] = {"to": ["ada@engines.example"], "subject": "Your site", "text": "Dear Ada, it costs EUR 3,200."}

BY_ITSELF = """
version: 1
undo_seconds: 0
rules:
  - name: undo-by-itself
    when: {effect: ["calendar.*", "mail.send"], flags: [rollback]}
    then: allow
    because: What the owner has rolled back may be undone.
"""

NEVER = """
version: 1
undo_seconds: 0
rules:
  - name: never-cancel
    when: {effect: ["calendar.cancel"]}
    then: deny
    because: Appointments are cancelled by hand.
"""


@dataclass
class Undoing:
    """A case, and short ways to have things done in it and undone."""

    kernel: Kernel
    case_id: str

    def do(self, connector: str, operation: str, request: dict[str, Any], *, carry_out: bool = True) -> Effect:
        """Have it done outside, as a rule allowed it."""
        with self.kernel.database.write() as tx:
            number = len(ledger.of_case(tx, self.case_id)) + 1
            key, blob = f"{connector}.{operation}/{self.case_id}/{number}", blobs.put_json(tx, request)
            proposed = catalog.EffectProposed(
                key=key,
                connector=connector,
                operation=operation,
                request=blob,
                inputs={},
                verdict="allow",
                rule="test",
                reason="",
                mode=self.kernel.settings.aios_mode,
                step="lead_reply",
            )
            now = to_text(self.kernel.clock.now())
            approved = catalog.EffectApproved(key=key, request=blob, rule="test", not_before=now)
            stream = f"effect/{key}"
            self.kernel.log.append_all(tx, [NewEvent(stream, said, self.case_id) for said in (proposed, approved)])
        return self.kernel.executor.carry_out(key) if carry_out else self.effect(key)

    def book(self) -> tuple[Effect, Effect]:
        """An appointment, made and then moved."""
        made = self.do("calendar", "create", CREATE)
        moved = self.do("calendar", "move", {**receipt(made, "uid", "etag"), **LATER})
        assert made.done and moved.done
        return made, moved

    def run(self) -> list[StepResult]:
        """The run that Dagster would start for the case."""
        return Runner(self.kernel, Process(LEAD_INTAKE)).run_case(self.case_id, ["lead"], "run")

    def roll_back(self, answer: str = "approve", rounds: int = 20) -> Case:
        """Start it, and go on to its end; every question gets the same answer."""
        self.kernel.rollback.start(self.case_id, "owner")
        return self.to_the_end(answer, rounds)

    def to_the_end(self, answer: str = "approve", rounds: int = 20) -> Case:
        for _ in range(rounds):
            self.run()
            if (case := self.case).status == "closed":
                return case
            for asked in self.asked():
                self.answer(asked, answer)
            if isinstance(self.kernel.clock, ManualClock):
                self.kernel.clock.advance(seconds=120)
        raise AssertionError(f"it goes on and on: {self.case}")

    def answer(self, asked: Decision, answer: str = "approve", **given: Any) -> None:
        self.kernel.answers.give(asked.id, answer, asked.version, actor="owner", **given)

    def asked(self) -> list[Decision]:
        """The open questions of the case."""
        with self.kernel.database.read() as connection:
            return self.kernel.decisions.list(connection, status="open", case_id=self.case_id)

    def effect(self, key: str) -> Effect:
        with self.kernel.database.read() as connection:
            return ledger.get(connection, key)

    def effects(self) -> dict[str, str]:
        """The state of each effect by its key, in the order in which they were done."""
        with self.kernel.database.read() as connection:
            found = sorted(ledger.of_case(connection, self.case_id), key=lambda each: each.turn)
        return {each.key: each.state for each in found}

    def performed(self) -> list[str]:
        """The keys of what was done, in that order."""
        with self.kernel.database.read() as connection:
            events = self.kernel.log.read(connection, case_id=self.case_id, types=("effect.captured",))
        return [event.payload.key for event in events]

    @property
    def case(self) -> Case:
        with self.kernel.database.read() as connection:
            return self.kernel.cases.get(connection, self.case_id)

    @property
    def appointments(self) -> list[Path]:
        return sorted((self.kernel.settings.home / "outbox" / "calendar").glob("*.ics"))

    @property
    def mails(self) -> list[str]:
        return [file.read_text() for file in sorted((self.kernel.settings.home / "outbox").glob("*.eml"))]


def receipt(effect: Effect, *names: str) -> dict[str, Any]:
    """Fields of the effect's receipt."""
    assert effect.receipt is not None
    return {name: effect.receipt[name] for name in names}


def open_case(kernel: Kernel, email: str = "ada@engines.example") -> Undoing:
    """A new case of somebody."""
    return Undoing(kernel, lead(kernel, email=email))


def adopt(kernel: Kernel, policy: str) -> None:
    """From now on this policy is in force."""
    kernel.policies.file.write_text(policy)
    assert kernel.policies.reload().outcome in ("adopted", "unchanged")


def worker(kernel: Kernel, case_id: str, fault: str = "") -> BaseProcess:
    """A process that goes on with the rollback of the case; `fault` is where it kills itself."""
    url = kernel.database.url.render_as_string(False)
    process = CONTEXT.Process(target=_go_on, args=(kernel.settings.home, url, case_id, fault))
    process.start()
    return process


def _go_on(home: Path, url: str, case_id: str, fault: str) -> None:
    kernel = kernel_at(home, SystemClock(), aios_database_url=url)
    os.environ["AIOS_FAULT"] = fault
    Undoing(kernel, case_id).run()
    kernel.close()
