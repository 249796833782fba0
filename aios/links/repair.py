"""Repair: what rests on an item that is no longer believed, to be run again or looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Case, Cases
from aios.cases.tables import artifacts, cases
from aios.decisions.tables import decisions
from aios.effects.ledger import STANDS
from aios.effects.tables import effects
from aios.links.naming import Thing, named
from aios.links.projection import Ref, artifact_ref
from aios.links.tables import links
from aios.links.tracing import downstream

PAGE = 1000
"""The most cases, and the most effects, that are listed, or continued in one transaction, at a time."""

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
    """What rests on the item: cases to run again, and effects that went out already, for the owner to look at.

    `case_count` is of all cases; `next` is where the next page begins, 0 where this is the last.
    """

    item: Thing
    believed: bool
    cases: tuple[Again, ...]
    sent: tuple[Thing, ...]
    case_count: int
    next: int = 0
    continued: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Again, ...]:
        """The cases that a repair would continue."""
        return tuple(one for one in self.cases if one.state == "waiting")


def what_rests_on(connection: Connection, control: Cases, item: Thing, after: int = 0) -> Repair:
    """One page of the list for an item: what was made, or went out, behind a log position."""
    ref = Ref("item", item.id)
    every = _cases_made_from(ref).subquery()
    page = sa.select(every).where(every.c.position > after).order_by(every.c.position, every.c.case_id)
    again = connection.execute(page.limit(PAGE + 1)).all()
    done = connection.execute(_done(ref).where(effects.c.position > after).limit(PAGE + 1)).all()
    ends = [rows[PAGE - 1].position for rows in (again, done) if len(rows) > PAGE]
    end = min(ends, default=0)
    return Repair(
        item=item,
        believed=item.state == "believed",
        cases=tuple(_again(connection, control, ref, [row.case_id for row in again if row.position <= end or not end])),
        sent=tuple(_sent(connection, ref, [row for row in done if row.position <= end or not end])),
        case_count=connection.scalar(sa.select(sa.func.count()).select_from(every)) or 0,
        next=end,
    )


def _again(connection: Connection, control: Cases, ref: Ref, case_ids: Sequence[str]) -> list[Again]:
    found = connection.execute(_newest_made_from(ref).where(artifacts.c.case_id.in_(case_ids))).all()
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


def _cases_made_from(ref: Ref) -> sa.Select[Any, Any]:
    """Each case that goes on with a newest output that was made from the item, and the position of its first one."""
    made = _newest_made_from(ref).order_by(None).subquery()
    return sa.select(made.c.case_id, sa.func.min(made.c.position).label("position")).group_by(made.c.case_id)


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


def _done(ref: Ref) -> sa.Select[Any, Any, Any, Any]:
    """The effects that have happened, or may have, in the cases that the item reached, in their order."""
    touched = sa.select(_L.case_id).where(_L.from_kind == ref.kind, _L.from_id == ref.id)
    column = effects.c
    query = sa.select(column.key, column.case_id, column.inputs, column.position)
    query = query.where(column.case_id.in_(touched), column.state.in_((*STANDS, "unknown", "claimed")))
    return query.order_by(column.position)


def _sent(connection: Connection, ref: Ref, done: Sequence[sa.Row[Any, Any, Any, Any]]) -> list[Thing]:
    """Those of the effects that rest on the item by what they were last made from: the latest first."""
    reached = downstream(connection, ref, {row.case_id for row in done})
    refs = [
        Ref("effect", row.key)
        for row in reversed(done)
        if any(artifact_ref(row.case_id, *one) in reached[row.case_id] for one in row.inputs.items())
    ]
    return list(named(connection, refs).values())
