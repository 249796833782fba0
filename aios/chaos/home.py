"""A home that is thrown away: a company with a few cases, and effects in each that policy has let go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from aios.chaos.haste import Haste
from aios.chaos.outside import Tally, Unreliable
from aios.chaos.scenario import Scenario
from aios.connectors.base import Connector, Found
from aios.connectors.contract import Contract
from aios.connectors.registry import CONTRACTS
from aios.decisions.shown import Shown
from aios.effects.executor import Executor
from aios.effects.gate import Proposal
from aios.effects.ledger import Effect
from aios.errors import NotFound
from aios.kernel import Kernel, open_kernel
from aios.policies.verdict import Subject
from aios.settings import Mode, Settings

IN_A_CASE = 4
"""Effects of one case, which go out in turn."""

POLICY = """
version: 1
undo_seconds: 0
rules:
  - {name: chaos, when: {effect: ["*"]}, then: allow, because: Nothing of it leaves the machine.}
"""

MOST_WAIT = 3600.0
"""Seconds of a claim: longer than a scenario, so that only the death of its worker ends one."""

REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "mail": ("send", {"to": ["nobody@example.com"], "subject": "Chaos", "text": "Number {number}."}),
    "calendar": (
        "create",
        {"title": "Chaos {number}", "start": "2026-11-05T10:00:00Z", "end": "2026-11-05T10:30:00Z"},
    ),
}
"""What is done through each connector that has a scenario: the operation and its request."""


@dataclass(frozen=True)
class Stage:
    """Where a scenario is played: its home, its clock and the connector that it is about."""

    home: Path
    clock: Haste
    scenario: Scenario
    connector: str

    in_a_case: ClassVar[int] = IN_A_CASE
    mode: ClassVar[Mode] = "sandbox"

    @property
    def tally(self) -> Tally:
        """What happens outside is written here."""
        return Tally(self.home / "outside.jsonl")

    def open(self) -> tuple[Kernel, Executor]:
        """The product's kernel on this home, and its executor with an outside that fails as the scenario says."""
        kernel = open_kernel(self.settings(), self.clock)
        connectors = {(self.connector, self.mode): self.outside(kernel)}
        return kernel, Executor(kernel.log, connectors, kernel.executor.lease, kernel.executor.admission)

    def settings(self) -> Settings:
        """Those of the home."""
        return Settings(aios_home=self.home, aios_embeddings="lexical", aios_claim_seconds=MOST_WAIT * 24)

    def outside(self, kernel: Kernel) -> Connector:
        """The connector, as the executor has it here."""
        return Unreliable(kernel.connectors[self.connector, "sandbox"], self.scenario, self.tally, self.clock)

    def asked(self, number: int) -> tuple[str, dict[str, Any]]:
        """The operation and the request of an effect."""
        operation, request = REQUESTS[self.connector]
        named = {
            name: value.format(number=number) if isinstance(value, str) else value for name, value in request.items()
        }
        return operation, named

    def key(self, operation: str, case_id: str, number: int) -> str:
        """The key of an effect."""
        return f"{self.connector}.{operation}/{case_id}/{number}"

    def counts(self, kernel: Kernel, effects: Sequence[Effect], asked: Mapping[str, Any]) -> dict[str, int]:
        """How many times each effect was done outside; what is not settled, or not there, counts as never."""
        made = Counter(key for what, key, _ in self.tally.read() if what == "done")
        outside = kernel.connectors[self.connector, "sandbox"]
        return {
            each.key: made[each.key]
            if each.done and isinstance(outside.look_up(each.operation, asked[each.key], each.key), Found)
            else 0
            for each in effects
        }


def contract_of(name: str) -> Contract:
    """The contract of a connector that has scenarios; `NotFound` where there is none."""
    if name not in REQUESTS:
        raise NotFound(f"There are no scenarios for {name[:40]!r}.", f"There are for {', '.join(REQUESTS)}.")
    return next(contract for contract in CONTRACTS if contract.name == name)


def furnish(stage: Stage, operations: int) -> list[str]:
    """Make the home, and let policy approve so many effects; their keys."""
    stage.home.mkdir(parents=True, exist_ok=True)
    (stage.home / "policies.yaml").write_text(POLICY, "utf-8")
    kernel, _ = stage.open()
    try:
        kernel.policies.reload()
        cases = [_case(kernel, number) for number in range(-(-operations // stage.in_a_case))]
        return [_approved(kernel, stage, cases[number // stage.in_a_case], number) for number in range(operations)]
    finally:
        kernel.close()


def _case(kernel: Kernel, number: int) -> str:
    payload = {"sender": {"email": f"lead{number}@example.com"}, "subject": "Chaos", "text": f"Lead number {number}."}
    receipt = kernel.intake.receive_event("lead.received", "chaos", str(number), payload)
    assert receipt.case_id
    return receipt.case_id


def _approved(kernel: Kernel, stage: Stage, case_id: str, number: int) -> str:
    operation, asked = stage.asked(number)
    key = stage.key(operation, case_id, number)
    subject = Subject(
        process="chaos",
        effect=f"{stage.connector}.{operation}",
        confidence=1.0,
        text="",
        amounts=(),
        recipients=(),
        tier="",
        first_contact=False,
        flags=(),
        now=kernel.clock.now(),
        case_id=case_id,
        key=key,
    )
    kernel.gate.propose(
        Proposal(key, case_id, "chaos", stage.connector, operation, asked, {}, Shown(title="Chaos"), subject)
    )
    return key
