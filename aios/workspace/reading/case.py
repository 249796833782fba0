"""A case as its page shows it: steps, timeline, artifacts, context, effects, decisions, cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from aios.budgets.costs import case_cost
from aios.cases.artifacts import Artifact
from aios.cases.cases import Case
from aios.database import blobs
from aios.decisions.decisions import Decision
from aios.decisions.shown import Change
from aios.effects import ledger
from aios.effects.ledger import COMPENSATED, Effect
from aios.errors import NotFound
from aios.identity.contact import ContactView
from aios.kernel import Kernel
from aios.memory.contexts import ContextState
from aios.workspace.reading import invoice, timeline
from aios.workspace.reading.delta import changes
from aios.workspace.reading.invoice import InvoiceCard

FORGOTTEN = {"content": "Forgotten on request."}
"""What is shown of an output whose person was forgotten."""

EVENTS = 400
"""The newest events that the timeline shows."""


@dataclass(frozen=True)
class Version:
    """An artifact with its content, and what differs from the version before it."""

    artifact: Artifact
    content: Any
    changes: tuple[Change, ...] = ()

    @property
    def run_id(self) -> str:
        """The Dagster run that made it."""
        return str(self.artifact.provenance.get("run_id", ""))


@dataclass(frozen=True)
class StepState:
    """A step of the chain: `state` is done, now, failed or empty, `version` its newest artifact's."""

    name: str
    state: str
    version: int
    confidence: float | None


@dataclass(frozen=True)
class CasePage:
    """Everything on the page; `kept` says how the newest context was made, while it is kept to be given again."""

    case: Case
    contact: ContactView | None
    steps: tuple[StepState, ...]
    entries: tuple[timeline.Entry, ...]
    versions: dict[str, list[Version]]
    context: Version | None
    kept: ContextState | None
    effects: Sequence[Effect]
    decisions: Sequence[Decision]
    invoice: InvoiceCard | None
    cost_micros: int
    runs: tuple[str, ...]

    @property
    def can_be_rolled_back(self) -> bool:
        """Whether there is anything of it outside, or on its way there."""
        return any(effect.state not in ("withdrawn", "failed", COMPENSATED) for effect in self.effects)


def read(kernel: Kernel, connection: Connection, case_id: str) -> CasePage:
    """The case of that id; versions newest first, the timeline too."""
    case = kernel.cases.get(connection, case_id)
    made = _made(kernel, connection, case_id)
    events = kernel.log.read(connection, case_id=case_id, limit=EVENTS, newest_first=True)
    versions: dict[str, list[Version]] = {}
    for version in reversed(made):
        versions.setdefault(version.artifact.step, []).append(version)
    effects = ledger.listing(connection, case_id=case_id)
    return CasePage(
        case=case,
        contact=_contact(kernel, connection, case),
        steps=_steps(kernel, case, versions),
        entries=tuple(timeline.read(events)),
        versions=versions,
        context=next((found[0] for found in versions.values() if is_context(found[0].content)), None),
        kept=kernel.memory.contexts.state(connection, case_id, case.contact_id),
        effects=effects,
        decisions=list(reversed(kernel.decisions.list(connection, case_id=case_id))),
        invoice=invoice.read({name: found[0].content for name, found in versions.items()}),
        cost_micros=case_cost(connection, case_id),
        runs=_runs(made, effects),
    )


def _made(kernel: Kernel, connection: Connection, case_id: str) -> list[Version]:
    """Every version of every step's output, oldest first."""
    made: list[Version] = []
    before: dict[str, Any] = {}
    for item in kernel.artifacts.history(connection, case_id):
        content = blobs.find_json(connection, item.blob, FORGOTTEN)
        made.append(Version(item, content, changes(before.get(item.step), content)))
        before[item.step] = content
    return made


def is_context(content: Any) -> bool:
    """Whether an artifact is a context snapshot."""
    return isinstance(content, dict) and "pieces" in content and "left_out" in content


def _contact(kernel: Kernel, connection: Connection, case: Case) -> ContactView | None:
    if not case.contact_id:
        return None
    try:
        return kernel.contacts.get(connection, case.contact_id)
    except NotFound:
        return None


def _steps(kernel: Kernel, case: Case, versions: dict[str, list[Version]]) -> tuple[StepState, ...]:
    names = kernel.cases.processes[case.process].steps
    return tuple(_step(name, case, versions.get(name, [])) for name in names)


def _step(name: str, case: Case, found: list[Version]) -> StepState:
    newest = found[0].artifact if found else None
    here = case.step == name and case.status in ("waiting", "failed")
    state = {"waiting": "now", "failed": "failed"}[case.status] if here else "done" if newest else ""
    confidence = newest.provenance.get("confidence") if newest else None
    return StepState(name, state, newest.version if newest else 0, confidence)


def _runs(made: Sequence[Version], effects: Sequence[Effect]) -> tuple[str, ...]:
    found = [version.run_id for version in reversed(made)] + [effect.run_id for effect in effects]
    return tuple(dict.fromkeys(run for run in found if run))[:6]
