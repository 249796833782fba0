"""Repair: what rests on an item that is no longer believed, to be run again or looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Case, Cases
from aios.cases.tables import artifacts, cases
from aios.decisions.tables import decisions
from aios.effects.ledger import DONE
from aios.effects.tables import effects
from aios.links.naming import Thing, named
from aios.links.projection import Ref, artifact_ref
from aios.links.tables import links
from aios.links.tracing import downstream

MOST = 1000
"""Cases that one repair continues, and effects that it names; the next repair goes on with the rest."""

_L = links.c


@dataclass(frozen=True)
class Again:
    """A case to be run again from the first step whose newest output was made from the item.

    `state` is waiting, paused (resume it first), or under way (asked for already).
    """

    case: Thing
    step: str
    state: str
    decisions: tuple[Thing, ...]


@dataclass(frozen=True)
class Repair:
    """What rests on the item: cases to run again, and effects that went out already, for the owner to look at."""

    item: Thing
    believed: bool
    cases: tuple[Again, ...]
    sent: tuple[Thing, ...]
    continued: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Again, ...]:
        """The cases that a repair would continue."""
        return tuple(one for one in self.cases if one.state == "waiting")


def what_rests_on(connection: Connection, control: Cases, item: Thing) -> Repair:
    """The list for one item."""
    ref = Ref("item", item.id)
    return Repair(
        item=item,
        believed=item.state == "believed",
        cases=tuple(_again(connection, control, ref)),
        sent=tuple(_sent(connection, ref)),
    )


def _again(connection: Connection, control: Cases, ref: Ref) -> list[Again]:
    found = connection.execute(_newest_made_from(ref)).all()
    first: dict[str, tuple[str, int]] = {}
    live = {row.case_id: control.get(connection, row.case_id) for row in found}
    for row in found:
        steps = control.processes[live[row.case_id].process].steps
        at = steps.index(row.step) if row.step in steps else 0
        before = first.get(row.case_id)
        if before is None or at < steps.index(before[0]):
            first[row.case_id] = (steps[at], row.position)
    asked = _open_decisions(connection, ref, list(first))
    things = named(connection, [Ref("case", case_id) for case_id in first])
    return [
        Again(things[Ref("case", case_id)], step, _state(live[case_id], position), asked.get(case_id, ()))
        for case_id, (step, position) in first.items()
    ]


def _newest_made_from(ref: Ref) -> sa.Select[Any, Any, Any]:
    """Case, step and position of each newest output in a case that goes on, which was made from the item."""
    newer = artifacts.alias("newer")
    made = artifacts.c
    is_newest = ~sa.exists().where(
        newer.c.case_id == made.case_id, newer.c.step == made.step, newer.c.version > made.version
    )
    name = made.case_id + "/" + made.step + "/" + sa.cast(made.version, sa.String)
    return (
        sa.select(made.case_id, made.step, _L.position)
        .select_from(links)
        .join(cases, cases.c.id == _L.case_id)
        .join(artifacts, sa.and_(made.case_id == _L.case_id, name == _L.to_id))
        .where(_L.from_kind == ref.kind, _L.from_id == ref.id, _L.to_kind == "artifact")
        .where(cases.c.status != "closed", is_newest)
        .order_by(_L.position, made.case_id, made.step)
        .limit(MOST)
    )


def _state(case: Case, position: int) -> str:
    if case.paused:
        return "paused"
    return "under way" if case.continued > position else "waiting"


def _open_decisions(connection: Connection, ref: Ref, case_ids: Sequence[str]) -> dict[str, tuple[Thing, ...]]:
    """The open decisions of the cases that rest on the item; a new output voids them."""
    reached = downstream(connection, ref, case_ids)
    asked = [one for here in reached.values() for one in here if one.kind == "decision"]
    query = sa.select(decisions.c.id).where(decisions.c.id.in_([one.id for one in asked]), decisions.c.status == "open")
    still = [Ref("decision", id_) for id_ in connection.scalars(query)]
    things = named(connection, still)
    return {case: tuple(things[one] for one in still if one in here) for case, here in reached.items()}


def _sent(connection: Connection, ref: Ref) -> list[Thing]:
    """The effects that have happened, resting on the item by what they were last made from: the latest first."""
    touched = sa.select(_L.case_id).where(_L.from_kind == ref.kind, _L.from_id == ref.id)
    query = sa.select(effects.c.key, effects.c.case_id, effects.c.inputs).where(
        effects.c.case_id.in_(touched), effects.c.state.in_((*DONE, "unknown", "claimed"))
    )
    done = connection.execute(query.order_by(effects.c.position.desc()).limit(MOST)).all()
    reached = downstream(connection, ref, {row.case_id for row in done})
    refs = [
        Ref("effect", row.key)
        for row in done
        if any(artifact_ref(row.case_id, *one) in reached[row.case_id] for one in row.inputs.items())
    ]
    return list(named(connection, refs).values())
