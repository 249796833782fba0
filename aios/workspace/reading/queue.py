"""The owner's queue as the Decisions page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Case
from aios.clock import to_text
from aios.decisions.decisions import (
    ANSWER,
    COMPENSATION,
    ENTRY,
    FACT,
    INVOICE,
    OUTCOME,
    PREFERENCE,
    REBOOKING,
    REMEDY,
    Decision,
)
from aios.decisions.shown import Shown
from aios.decisions.tables import decisions
from aios.effects import ledger
from aios.effects.ledger import Effect
from aios.kernel import Kernel

VIEWS = ("open", "snoozed", "answered")
"""The lists of the page."""

SHOWN = 100
"""How many answered decisions the page lists."""

_WORDS = {
    OUTCOME: ("It went out", "It did not go out"),
    COMPENSATION: ("Undo it", "Leave it as it is"),
    ANSWER: ("Let the rules do it", "Close the case"),
    REMEDY: ("Mended, try again", "Leave it"),
    REBOOKING: ("Correct them", "Leave them as they are"),
    PREFERENCE: ("Do it from now on", "Do not learn this"),
    INVOICE: ("Yes", "No"),
    ENTRY: ("Take it as proposed", "Ignore it"),
    FACT: ("Take the new value", "Keep the old one"),
}


@dataclass(frozen=True)
class Words:
    """What the buttons say for a kind of decision."""

    approve: str
    reject: str


@dataclass(frozen=True)
class Opened:
    """One decision with everything needed to answer it. `runs` are the Dagster runs that made what it rests on."""

    decision: Decision
    shown: Shown
    case: Case | None
    effect: Effect | None
    runs: tuple[str, ...]
    words: Words
    can_revise: bool
    live: bool


def read_list(kernel: Kernel, connection: Connection, view: str) -> Sequence[Decision]:
    """The decisions of a view: open ones oldest first, answered ones newest first."""
    now = to_text(kernel.clock.now())
    if view == "answered":
        newest = sa.select(decisions).where(decisions.c.status != "open").order_by(decisions.c.position.desc())
        return [Decision(**row) for row in connection.execute(newest.limit(SHOWN)).mappings()]
    asked = kernel.decisions.list(connection, status="open")
    return [item for item in asked if ((item.snoozed_until or "") > now) == (view == "snoozed")]


def view_of(kernel: Kernel, decision: Decision) -> str:
    """The view in which the decision is listed now."""
    if decision.status != "open":
        return "answered"
    return "snoozed" if (decision.snoozed_until or "") > to_text(kernel.clock.now()) else "open"


def after(listed: Sequence[Decision], decision_id: str) -> str:
    """The id of the decision to show once this one is answered; empty where none is left."""
    ids = [item.id for item in listed]
    if decision_id not in ids:
        return ids[0] if ids else ""
    at = ids.index(decision_id)
    rest = ids[at + 1 :] + list(reversed(ids[:at]))
    return rest[0] if rest else ""


def read_one(kernel: Kernel, connection: Connection, decision_id: str) -> Opened:
    """The decision of that id, opened."""
    decision = kernel.decisions.get(connection, decision_id)
    return Opened(
        decision=decision,
        shown=kernel.decisions.shown(connection, decision),
        case=kernel.cases.get(connection, decision.case_id) if decision.case_id else None,
        effect=ledger.find(connection, decision.effect_key) if decision.effect_key else None,
        runs=_runs(kernel, connection, decision),
        words=Words(*_WORDS.get(decision.kind, ("Approve", "Reject"))),
        can_revise=decision.kind not in (COMPENSATION, OUTCOME, REMEDY, PREFERENCE, FACT, INVOICE, ENTRY, REBOOKING),
        live=decision.status == "open" and decision.expires_at > to_text(kernel.clock.now()),
    )


def _runs(kernel: Kernel, connection: Connection, decision: Decision) -> tuple[str, ...]:
    if not decision.case_id:
        return ()
    made = kernel.artifacts.history(connection, decision.case_id)
    runs = (str(item.provenance.get("run_id", "")) for item in made if decision.inputs.get(item.step) == item.version)
    return tuple(dict.fromkeys(run for run in runs if run))
