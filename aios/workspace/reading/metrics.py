"""Figures about how well the work goes: cases, decisions, effects."""

from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import cases
from aios.clock import from_text
from aios.decisions.tables import decisions
from aios.effects.tables import effects
from aios.kernel import Kernel
from aios.learning.effect import Distance, by_version, sent_drafts

JUDGED = ("approved", "edited", "rejected", "revised")


@dataclass(frozen=True)
class Metrics:
    """`accepted_share` is approvals without an edit among the owner's answers; None before the first answer.

    `edit_distance` is, by agent version, the share of a draft's words that the owner changed before it went out.
    """

    cases: dict[str, int]
    outcomes: dict[str, int]
    decisions: dict[str, int]
    effects: dict[str, int]
    accepted_share: float | None
    median_review_seconds: float | None
    quarantined: int
    events: int
    edit_distance: dict[str, Distance]


def read(kernel: Kernel, connection: Connection) -> Metrics:
    """The figures over everything in the log."""
    asked = _counts(connection, decisions.c.status)
    judged = sum(asked.get(status, 0) for status in JUDGED)
    return Metrics(
        cases=kernel.cases.counts(connection),
        outcomes={name: number for name, number in _counts(connection, cases.c.outcome).items() if name},
        decisions=asked,
        effects=_counts(connection, effects.c.state),
        accepted_share=asked.get("approved", 0) / judged if judged else None,
        median_review_seconds=_median_review(connection),
        quarantined=kernel.quarantine.count(connection),
        events=kernel.log.head(connection),
        edit_distance=by_version(sent_drafts(connection)),
    )


def _counts(connection: Connection, column: sa.Column[str]) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).group_by(column).order_by(column)
    return {name: number for name, number in connection.execute(query)}


def _median_review(connection: Connection) -> float | None:
    query = sa.select(decisions.c.opened_at, decisions.c.answered_at).where(decisions.c.status.in_(JUDGED))
    waits = [(from_text(end) - from_text(start)).total_seconds() for start, end in connection.execute(query)]
    return median(waits) if waits else None
