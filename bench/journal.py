"""Our side of the durable steps: a process whose steps are kept by the kernel's journal, run by the real runner."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from aios.cases.process import LEAD_INTAKE
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.decisions.shown import Shown
from aios.effects.executor import Executor
from aios.effects.gate import Proposal
from aios.events.catalog import LeadReceived
from aios.events.event import NewEvent
from aios.kernel import Kernel, open_kernel
from aios.policies.verdict import Subject
from aios.processes.context import StepContext
from aios.processes.process import Process, Step
from aios.processes.runner import Runner
from aios.settings import load_settings
from bench.leads import lead
from bench.peers.durable.rounds import append_and_die, fibo, new_content, seconds, serve, size_of


class Value(BaseModel):
    """What a step makes."""

    value: int | str


class Appending:
    """Stands where mail stands, for a file that takes every line it is given, twice if told twice."""

    name = "mail"
    mode: Literal["sandbox"] = "sandbox"

    def __init__(self, file: str) -> None:
        self.file = file

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Append a line, and be killed right after it the first time."""
        append_and_die(self.file)
        return {"file": self.file}

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """The one effect there is has happened if there is a line."""
        return Found({"file": self.file}) if Path(self.file).exists() else Absent()

    def check(self) -> Health:
        """A file is always there to be written to."""
        return Health(self.name, "ok")


class Journal:
    """The verbs of the benchmark on one kernel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        given = {"AIOS_HOME": str(folder), "AIOS_EMBEDDINGS": "lexical", "AIOS_UNDO_SECONDS": "0"}
        self.kernel = open_kernel(load_settings(given))
        self.kernel.policies.install_default()
        self.kernel.policies.reload()

    def steps(self, number: str) -> float:
        """Seconds for a case that is opened and goes through so many steps."""
        process = chain(int(number), lambda _: Value(value=fibo(10)))
        return seconds(lambda: self._take(self._open_case(), process, self.kernel))

    def grow(self, number: str, size: str) -> int:
        """Bytes by which the home grows."""
        process = chain(int(number), lambda at: Value(value=new_content(at, int(size))))
        before = self._bytes()
        self._take(self._open_case(), process, self.kernel)
        return self._bytes() - before

    def effect(self, file: str) -> str:
        """A step with an effect that the owner approves; after a crash, the case is simply run again."""
        lease = timedelta(seconds=self.kernel.settings.aios_claim_seconds)
        executor = Executor(self.kernel.log, {("mail", "sandbox"): Appending(file)}, lease)
        kernel = replace(self.kernel, executor=executor)
        acting = Process(LEAD_INTAKE, [Step("act", act, {}, Value, "1")])
        with kernel.database.read() as connection:
            known = kernel.cases.list(connection)
        case_id = known[0].id if known else self._open_case()
        self._take(case_id, acting, kernel)
        with kernel.database.read() as connection:
            asked = kernel.decisions.list(connection, status="open")
        for decision in asked:
            kernel.answers.give(decision.id, "approve", decision.version, actor="owner")
        self._take(case_id, acting, kernel)
        with kernel.database.read() as connection:
            return kernel.cases.get(connection, case_id).outcome

    def settings(self) -> dict[str, object]:
        """What a connection of ours is set to."""
        with self.kernel.database.read() as connection:
            names = ("journal_mode", "synchronous")
            return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    def _open_case(self) -> str:
        kernel = self.kernel
        with kernel.database.write() as tx:
            case_id = kernel.cases.next_id(tx, LEAD_INTAKE.name)
            message = LeadReceived.model_validate(lead(1))
            received = kernel.log.append(tx, NewEvent(f"case/{case_id}", message, case_id))
            kernel.cases.open(tx, case_id, LEAD_INTAKE.name, "A case", received.event.id)
        return case_id

    def _take(self, case_id: str, process: Process, kernel: Kernel) -> None:
        Runner(kernel, process).run_case(case_id, [step.name for step in process.steps], "bench")

    def _bytes(self) -> int:
        with self.kernel.database.engine.connect() as connection:
            connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return size_of(self.folder)


def chain(number: int, make: Callable[[int], Value]) -> Process:
    """A process of so many steps, each of which reads the one before."""
    process = Process(LEAD_INTAKE)
    for at in range(number):
        before: dict[str, type[BaseModel]] = {f"step_{at - 1}": Value} if at else {}
        process.steps.append(Step(f"step_{at}", partial(_step, make, at), before, Value, "1"))
    return process


def _step(make: Callable[[int], Value], at: int, _context: StepContext, **_before: Value) -> Value:
    return make(at)


def act(step: StepContext) -> Value:
    """Propose the one effect, and close the case once it is done."""
    subject = Subject(
        process=step.case.process,
        effect="mail.send",
        confidence=1.0,
        text="done",
        amounts=(),
        recipients=(),
        tier="rules",
        first_contact=False,
        flags=(),
        now=step.kernel.clock.now(),
        case_id=step.case.id,
        key=step.case.id,
    )
    shown = Shown(title="Append a line", summary="A line is appended to a file.")
    step.effect(Proposal(step.case.id, step.case.id, step.step, "mail", "send", {}, {}, shown, subject))
    step.close("done")
    return Value(value="done")


if __name__ == "__main__":
    journal = Journal(Path(sys.argv[1]))
    serve({"steps": journal.steps, "grow": journal.grow, "effect": journal.effect}, journal.settings())
