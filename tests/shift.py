"""A shift: one process that works on what is there, approves what is asked, and may be killed at a fault point."""

import os
import signal
from pathlib import Path
from typing import Any

from aios.clock import SystemClock
from aios.decisions.decisions import EFFECT, OUTCOME
from assets.lead_intake import LEAD_INTAKE_PROCESS
from tests.company import Company, found_company
from tests.forking import CONTEXT


def shift(home: Path, fault: str = "", **settings: Any) -> bool:
    """Work in a process of its own; says whether it came to its end (and was not killed)."""
    process = CONTEXT.Process(target=_work, args=(home, fault, settings))
    process.start()
    process.join(120)
    assert process.exitcode in (0, -signal.SIGKILL), f"the shift ended with {process.exitcode}"
    return process.exitcode == 0


def company_at(home: Path, **settings: Any) -> Company:
    """The company of that home as shifts see it: real time, no undo window."""
    return found_company(home, clock=SystemClock(), aios_undo_seconds=0, **settings)


def _work(home: Path, fault: str, settings: dict[str, Any]) -> None:
    company = company_at(home, **settings)
    os.environ["AIOS_FAULT"] = fault
    work(company)


def work(company: Company) -> None:
    """Work on what is there, and approve what is asked."""
    company.work()
    _answer_all(company)
    company.work()
    _answer_all(company)
    company.work()


def _answer_all(company: Company) -> None:
    """Approve every proposal; of an effect that may have gone out, say that it did."""
    with company.kernel.database.read() as connection:
        asked = company.kernel.decisions.list(connection, status="open")
    for decision in asked:
        if decision.kind in (EFFECT, OUTCOME):
            company.kernel.answers.give(decision.id, "approve", decision.version, actor="owner")


STEPS = len(LEAD_INTAKE_PROCESS.steps)
