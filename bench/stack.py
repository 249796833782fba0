"""Stacks: a running aios, and the same chain on stock Dagster, each in a home of its own; what was started is ended."""

import shutil
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import httpx
import sqlalchemy as sa

from aios.cli.ports import free_port
from aios.decisions.decisions import Decision
from aios.decisions.tables import decisions
from aios.effects import ledger
from aios.kernel import Kernel, open_kernel
from aios.settings import load_settings
from bench.dagster_runs import DagsterRuns
from bench.leads import lead
from bench.running import Program, is_ready, running, scratch, script

T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[1]
SETTINGS = {"AIOS_UNDO_SECONDS": "0", "AIOS_EMBEDDINGS": "lexical"}
"""What every stack is given: no undo window, and recall by words, which needs no model."""

POLL = 0.01
"""Seconds between two looks at the database."""

LEAD_WITHIN = 600.0
"""Seconds after which something is broken and not just slow; stock takes minutes where others use the machine too."""

SOURCE = "bench"


class Door(Protocol):
    """The way in: how leads and answers reach a stack."""

    def lead(self, number: int) -> str:
        """Hand a lead in; its case."""
        ...

    def approve(self, decision: Decision) -> None:
        """Say yes."""
        ...


@dataclass
class OverHttp:
    """As another program does it: the workspace's HTTP API."""

    client: httpx.Client

    def lead(self, number: int) -> str:
        event = {"type": "lead.received", "source": SOURCE, "source_id": str(number), "payload": lead(number)}
        answer = self.client.post("/api/events", json=event)
        answer.raise_for_status()
        return answer.json()["case_id"]

    def approve(self, decision: Decision) -> None:
        body = {"verdict": "approve", "version": decision.version}
        self.client.post(f"/api/decisions/{decision.id}", json=body).raise_for_status()


@dataclass
class ByCall:
    """The same calls without HTTP: what the stock peer gets, which has no workspace."""

    kernel: Kernel

    def lead(self, number: int) -> str:
        receipt = self.kernel.intake.receive_event("lead.received", SOURCE, str(number), lead(number))
        if receipt.case_id is None:
            raise RuntimeError(f"lead {number} was not taken in: {receipt.reason}")
        return receipt.case_id

    def approve(self, decision: Decision) -> None:
        self.kernel.answers.give(decision.id, "approve", decision.version, actor="owner")


@dataclass
class Stack:
    """A running stack: its way in, its database to look at, and its Dagster."""

    kernel: Kernel
    door: Door
    dagster: DagsterRuns
    program: Program

    def decision(self, case_id: str) -> Decision | None:
        """What waits for the owner in the case."""
        with self.kernel.database.read() as connection:
            return next(iter(self.kernel.decisions.list(connection, status="open", case_id=case_id)), None)

    def has_receipt(self, case_id: str) -> bool:
        """Whether the reply of the case is out."""
        with self.kernel.database.read() as connection:
            return any(effect.state in ledger.DONE for effect in ledger.listing(connection, case_id=case_id))

    def waiting(self) -> int:
        """How many decisions wait for the owner."""
        with self.kernel.database.read() as connection:
            count = sa.select(sa.func.count()).select_from(decisions).where(decisions.c.status == "open")
            return connection.scalar(count) or 0

    def settle(self) -> None:
        """Wait until Dagster has no run under way, so that one measurement does not pay for the one before."""
        self.until(lambda: self.dagster.under_way() == 0, "every run to end", every=0.25)

    def until(self, condition: Callable[[], T | None], what: str, every: float = POLL) -> T:
        """The first truthy value of the condition; fails with what the programs said last where it does not come."""
        deadline = time.perf_counter() + LEAD_WITHIN
        while not (value := condition()):
            if time.perf_counter() > deadline or self.program.process.poll() is not None:
                raise RuntimeError(f"waited in vain for {what}; {self._last_words()}")
            time.sleep(every)
        return value

    def _last_words(self) -> str:
        """What may explain that nothing comes any more."""
        if self.program.process.poll() is not None:
            return f"it ended:\n{self.program.said()[-2000:]}"
        with self.kernel.database.read() as connection:
            cases = self.kernel.cases.list(connection, limit=3)
        stand = "; ".join(f"{case.id} is {case.status} at {case.step or 'no step'} {case.reason}" for case in cases)
        return "\n".join([stand, f"{self.dagster.under_way()} runs under way", *self.dagster.failures()[:5]])


@contextmanager
def aios(**settings: str) -> Generator[Stack]:
    """`aios up`, ready; leads come in over its HTTP API."""
    ports = {name: str(free_port()) for name in ("AIOS_WORKSPACE_PORT", "AIOS_DAGSTER_PORT", "AIOS_CHROMA_PORT")}
    with (
        scratch() as folder,
        prepared(folder / "home", {**SETTINGS, **ports, **settings}) as kernel,
        running(
            [script("aios"), "up"], folder, {"AIOS_HOME": str(folder / "home")}, **SETTINGS, **ports, **settings
        ) as up,
        httpx.Client(base_url=kernel.settings.workspace_url, timeout=60, trust_env=False) as client,
    ):
        up.wait_until(is_ready(up))
        yield Stack(kernel, OverHttp(client), DagsterRuns(kernel.settings.dagster_url), up)


@contextmanager
def stock(executor: str = "multiprocess") -> Generator[Stack]:
    """`dagster dev` on the same steps, as it comes or with the in-process executor, ready."""
    port = str(free_port())
    with scratch() as folder, prepared(folder / "home", SETTINGS) as kernel:
        dagster_home = folder / "dagster"
        dagster_home.mkdir()
        (dagster_home / "dagster.yaml").touch()
        more = {
            **SETTINGS,
            "STOCK_EXECUTOR": executor,
            "DAGSTER_HOME": str(dagster_home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "PYTHONPATH": str(CHECKOUT),
        }
        module = ("-m", "bench.peers.stock.definitions", "-d", str(CHECKOUT))
        command = [script("dagster"), "dev", *module, "-h", "127.0.0.1", "-p", port]
        with running(command, folder, {"AIOS_HOME": str(folder / "home")}, **more) as dev:
            dagster = DagsterRuns(f"http://127.0.0.1:{port}")
            dev.wait_until(dagster.loaded)
            yield Stack(kernel, ByCall(kernel), dagster, dev)


@contextmanager
def prepared(home: Path, settings: Mapping[str, str]) -> Generator[Kernel]:
    """A home with the example business learnt and the shipped rules in force, and the kernel on it."""
    shutil.copytree(CHECKOUT / "examples" / "business", home / "business")
    shutil.copyfile(CHECKOUT / "examples" / "aios.toml", home / "aios.toml")
    kernel = open_kernel(load_settings({**settings, "AIOS_HOME": str(home)}))
    try:
        kernel.policies.install_default()
        kernel.policies.reload()
        kernel.memory.ingest_folder(home / "business")
        yield kernel
    finally:
        kernel.close()


def progress(line: str) -> None:
    """Say on stderr how far a benchmark is."""
    print(f"  {line}", file=sys.stderr, flush=True)
