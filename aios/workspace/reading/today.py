"""Today: what needs the owner, what is going on, what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from aios.budgets.costs import Costs
from aios.cases.cases import Case
from aios.decisions.decisions import Decision
from aios.events.catalog import ArtifactRecorded
from aios.events.event import Event
from aios.kernel import Kernel
from aios.workspace.reading import outbox, queue, timeline

RECENT = (
    "lead.received",
    "message.received",
    "payment.received",
    "payment.failed",
    "payment.refunded",
    "payment.disputed",
    "artifact.recorded",
    "case.closed",
    "case.failed",
    "decision.made",
    "decision.expired",
    "effect.succeeded",
    "effect.captured",
    "effect.failed",
    "effect.unknown",
    "input.quarantined",
    "policy.adopted",
    "policy.refused",
    "model.failed",
    "contact.merged",
    "outgoing.stopped",
    "outgoing.released",
)
"""The events that a person would tell another about."""

SHOWN = 14
"""How many of them the page shows."""


@dataclass(frozen=True)
class Today:
    """Everything on the page."""

    decisions: Sequence[Decision]
    counts: dict[str, int]
    failed: Sequence[Case]
    leaving: Sequence[outbox.Line]
    recent: Sequence[timeline.Entry]
    titles: dict[str, str]
    costs: Costs
    policy_problem: str
    quarantined: int
    empty: bool


def read(kernel: Kernel, connection: Connection) -> Today:
    """The page as of now."""
    counts = kernel.cases.counts(connection)
    events = kernel.log.read(connection, types=RECENT, newest_first=True, limit=80)
    recent = timeline.read(_telling(events))
    problem = kernel.policies.problem(connection)
    ids = {entry.case_id for entry in recent if entry.case_id}
    return Today(
        decisions=queue.read_list(kernel, connection, "open"),
        counts=counts,
        failed=kernel.cases.list(connection, status="failed", limit=6),
        leaving=outbox.leaving(connection),
        recent=recent,
        titles={case_id: kernel.cases.get(connection, case_id).title for case_id in sorted(ids)},
        costs=kernel.budgets.costs(connection),
        policy_problem=f"line {problem.line}: {problem.reason}" if problem else "",
        quarantined=kernel.quarantine.count(connection),
        empty=not sum(counts.values()),
    )


def _telling(newest_first: Sequence[Event]) -> list[Event]:
    """The events without the steps of a case that something newer of the same case follows."""
    kept: list[Event] = []
    seen: set[str] = set()
    for event in newest_first:
        if not (isinstance(event.payload, ArtifactRecorded) and event.case_id in seen):
            kept.append(event)
        seen.add(event.case_id or "")
    return kept[:SHOWN]
