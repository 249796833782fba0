"""`StepContext`: what a step may use, and what it leaves behind about how its output came to be."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aios.agents.agent import Agent, I, O
from aios.agents.result import AgentResult
from aios.cases.cases import Case
from aios.decisions.decisions import ANSWER, Decision
from aios.effects.carrying import carried
from aios.effects.gate import Proposal
from aios.effects.ledger import Effect
from aios.events.catalog import Sender
from aios.events.event import Event
from aios.kernel import Kernel
from aios.processes.remedy import ask_to_mend


@dataclass
class StepContext:
    """One step of one case under way. `trigger` is the event the case works on, such as the lead's message."""

    kernel: Kernel
    case: Case
    trigger: Event
    step: str
    run_id: str
    inputs: dict[str, int] = field(default_factory=dict[str, int])
    provenance: dict[str, Any] = field(default_factory=dict[str, Any])
    ending: tuple[str, str] | None = None

    def ask(self, agent: Agent[I, O], given: I) -> AgentResult[O]:
        """Have an agent do it; who did it, with which model and at what cost becomes the output's provenance."""
        result = self.kernel.agents.run(
            agent,
            given,
            case_id=self.case.id,
            process=self.case.process,
            feedback=self.feedback,
            rules_only=self._rules_only(),
        )
        heeded = {"feedback": [decision.id for decision in self._sent_back]} if self._sent_back else {}
        self.provenance |= heeded | {
            "agent": result.agent,
            "agent_version": result.agent_version,
            "prompt_digest": result.prompt_digest,
            "tier": result.tier,
            "model": result.model,
            "cost_micros": result.cost_micros,
            "tokens_in": result.tokens_in,
            "tokens_out": result.tokens_out,
            "journalled": result.journalled,
            "confidence": result.confidence,
            "notes": list(result.notes),
        }
        if result.cause == "refused":
            ask_to_mend(self.kernel, "model", "The model provider refuses us", result.notes[0], result.remedy)
        return result

    def identify(self, sender: Sender) -> str:
        """The canonical contact behind a sender; the case is theirs from now on."""
        with self.kernel.database.write() as tx:
            contact_id = self.kernel.contacts.resolve(tx, sender, self.trigger.id)
            self.kernel.cases.name(tx, self.case.id, contact_id=contact_id)
        return contact_id

    @property
    def feedback(self) -> tuple[str, ...]:
        """What the owner said when sending this case's work back, since its last message; oldest first."""
        return tuple(decision.note for decision in self._sent_back)

    def sent_back(self, step: str) -> Any:
        """The output of a step that the owner's latest feedback is about, as JSON; None without feedback."""
        about = next((item.inputs[step] for item in reversed(self._sent_back) if step in item.inputs), None)
        if about is None:
            return None
        with self.kernel.database.read() as connection:
            artifact = self.kernel.artifacts.version(connection, self.case.id, step, about)
            return self.kernel.artifacts.content(connection, artifact) if artifact else None

    @property
    def _sent_back(self) -> list[Decision]:
        return [item for item in self._decided if item.status == "revised"]

    @cached_property
    def _decided(self) -> list[Decision]:
        """What the owner has answered in this case since its last message, as it stood when the step first asked."""
        with self.kernel.database.read() as connection:
            found = self.kernel.decisions.list(connection, case_id=self.case.id)
        return [item for item in found if item.position > self.trigger.position]

    def answered(self, kind: str) -> Decision | None:
        """The owner's yes to a question of that kind at this step, where it rests on the very inputs of this run."""
        yes = (item for item in self._decided if item.status in ("approved", "edited"))
        return next(
            (item for item in yes if (item.kind, item.step, item.inputs) == (kind, self.step, self.inputs)), None
        )

    def close(self, outcome: str, reason: str = "") -> None:
        """The case ends once this step's output is kept."""
        self.ending = (outcome, reason)

    def effect(self, proposal: Proposal) -> Effect:
        """The effect, done; otherwise raises `Blocked` with what it waits for, or `HardFailure`."""
        return carried(self.kernel.executor, self.case, self.kernel.gate.propose(proposal))

    def _rules_only(self) -> bool:
        approved = (item for item in self._decided if (item.kind, item.status) == (ANSWER, "approved"))
        return any(item.step == self.step for item in approved)
