"""Tracing: everything upstream of a thing, and the cases downstream of it, a page at a time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.decisions.tables import decisions
from aios.effects.tables import effects
from aios.errors import NotFound
from aios.events.catalog import PolicyAdopted
from aios.events.tables import events
from aios.links.naming import Thing, named
from aios.links.projection import Ref
from aios.links.tables import links

MOST_UPSTREAM = 2000
"""Things that one look upstream names; a case that rests on more is a case of many documents."""

AT_ONCE = 400
_L = links.c


@dataclass(frozen=True)
class Reason:
    """A thing upstream: `relation` is how it influenced `of`, `depth` how many links away it is."""

    thing: Thing
    relation: str
    of: str
    depth: int


@dataclass(frozen=True)
class Touched:
    """A case that something influenced: the newest first of what it reached there. `cited`: a claim names it."""

    case: Thing
    cited: bool
    artifacts: tuple[Thing, ...]
    effects: tuple[Thing, ...]
    decisions: tuple[Thing, ...]
    position: int


@dataclass(frozen=True)
class Influence:
    """What a thing influenced. The counts are of all, `cases` one page of them; `next` asks for the next, 0: none.

    `effects` and `decisions` count those of the cases by their state.
    """

    thing: Thing
    items: tuple[Thing, ...]
    case_count: int
    effects: dict[str, int]
    decisions: dict[str, int]
    cases: tuple[Touched, ...]
    next: int = 0


def upstream(connection: Connection, ref: Ref) -> list[tuple[Ref, str, Ref, int]]:
    """Every thing it rests on, nearest first: the thing, how it influenced which, and how many links away it is."""
    seen, level, found = {ref}, [ref], list[tuple[Ref, str, Ref, int]]()
    depth = 0
    while level and len(found) < MOST_UPSTREAM:
        depth += 1
        after: list[Ref] = []
        for row in _into(connection, level):
            source, target = Ref(row.from_kind, row.from_id), Ref(row.to_kind, row.to_id)
            if source not in seen:
                seen.add(source)
                after.append(source)
                found.append((source, row.relation, target, depth))
        level = after
    return found[:MOST_UPSTREAM]


def reasons(connection: Connection, ref: Ref) -> list[Reason]:
    """`upstream`, as people know the things."""
    found = upstream(connection, ref)
    things = named(connection, [ref, *(source for source, *_ in found)])
    return [Reason(things[source], relation, target.id, depth) for source, relation, target, depth in found]


def influence(connection: Connection, ref: Ref, thing: Thing, limit: int, before: int) -> Influence:
    """The cases it influenced, the latest first, and what it reached in each."""
    reached = _cases_of(connection, ref)
    case_ids = sa.select(reached.c.case_id)
    page = sa.select(reached).order_by(reached.c.position.desc(), reached.c.case_id).limit(limit + 1)
    if before:
        page = page.where(reached.c.position < before)
    rows = connection.execute(page).all()
    items = [Ref("item", row) for row in connection.scalars(_items_of(ref).order_by(_L.to_id).limit(limit))]
    return Influence(
        thing=thing,
        items=tuple(named(connection, items).values()),
        case_count=connection.scalar(sa.select(sa.func.count()).select_from(reached)) or 0,
        effects=_counts(connection, effects.c.state, effects.c.case_id, case_ids),
        decisions=_counts(connection, decisions.c.status, decisions.c.case_id, case_ids),
        cases=tuple(_touched(connection, ref, {row.case_id: row.position for row in rows[:limit]})),
        next=rows[limit - 1].position if len(rows) > limit else 0,
    )


def downstream(connection: Connection, ref: Ref, case_ids: Collection[str]) -> dict[str, dict[Ref, int]]:
    """For each of the cases, what in it rests on the thing, with the position of what made it so."""
    starts = _starts(connection, ref)
    reached: dict[str, dict[Ref, int]] = {case_id: {} for case_id in case_ids}
    for row in _of_cases(connection, case_ids):  # what a link leads to is made after what it comes from
        source, target = Ref(row.from_kind, row.from_id), Ref(row.to_kind, row.to_id)
        here = reached[row.case_id]
        if source in here or _is_start(source, row, starts):
            here.setdefault(target, row.position)
    return reached


def _is_start(source: Ref, row: sa.Row[Any], starts: "_Starts") -> bool:
    return source in starts.refs or (source.kind == "rule" and starts.first <= row.position < starts.last)


@dataclass(frozen=True)
class _Starts:
    """Where a look downstream starts: at things, or at every rule while a policy was in force."""

    refs: frozenset[Ref]
    first: int = 0
    last: int = 0


def _starts(connection: Connection, ref: Ref) -> _Starts:
    if ref.kind == "policy":
        return _Starts(frozenset(), *_in_force(connection, ref.id))
    return _Starts(frozenset({ref, *(Ref("item", one) for one in connection.scalars(_items_of(ref)))}))


def _items_of(ref: Ref) -> sa.Select[Any]:
    """The items that an event or a document told."""
    here = (_L.from_kind == ref.kind, _L.from_id == ref.id, _L.to_kind == "item")
    return sa.select(_L.to_id).where(*here).distinct()


def _cases_of(connection: Connection, ref: Ref) -> sa.Subquery:
    """Each case that the thing influenced, with the newest position at which it did."""
    if ref.kind == "policy":
        first, last = _in_force(connection, ref.id)
        here = sa.and_(_L.from_kind == "rule", _L.position >= first, _L.position < last)
    else:
        through = sa.and_(_L.from_kind == "item", _L.from_id.in_(_items_of(ref)))
        here = sa.or_(sa.and_(_L.from_kind == ref.kind, _L.from_id == ref.id), through)
        if ref.kind == "case":
            here = _L.case_id == ref.id
    query = sa.select(_L.case_id, sa.func.max(_L.position).label("position"))
    return query.where(here, _L.case_id != "").group_by(_L.case_id).subquery()


def _in_force(connection: Connection, digest: str) -> tuple[int, int]:
    """The positions from which and up to which the policy was in force, the last time that it was."""
    query = sa.select(events.c.position, events.c.payload).where(events.c.type == PolicyAdopted.type)
    adopted = connection.execute(query.order_by(events.c.position)).all()
    ends = [*(row.position for row in adopted[1:]), 2**62]
    spans = [(row.position, end) for row, end in zip(adopted, ends, strict=True) if row.payload["digest"] == digest]
    if not spans:
        raise NotFound(f"No policy {digest[:12]} was ever in force.", "List events with `aios events list`.")
    return spans[-1]


def _touched(connection: Connection, ref: Ref, cases: dict[str, int]) -> Iterator[Touched]:
    reached = downstream(connection, ref, cases)
    things = named(connection, [Ref("case", one) for one in cases] + [one for here in reached.values() for one in here])
    cited = _cited(connection, ref, cases)
    for case_id, position in cases.items():
        newest = sorted(reached[case_id], key=lambda one: -reached[case_id][one])
        kinds = {kind: tuple(things[one] for one in newest if one.kind == kind) for kind in _REACHED}
        yield Touched(
            things[Ref("case", case_id)],
            case_id in cited,
            kinds["artifact"],
            kinds["effect"],
            kinds["decision"],
            position,
        )


_REACHED = ("artifact", "effect", "decision")


def _cited(connection: Connection, ref: Ref, case_ids: Collection[str]) -> set[str]:
    sources = sa.or_(_L.from_id == ref.id, _L.from_id.in_(_items_of(ref)))
    query = sa.select(_L.case_id).where(_L.case_id.in_(case_ids), _L.relation == "cited by", sources)
    return set(connection.scalars(query))


def _counts(
    connection: Connection, state: sa.Column[str], case: sa.Column[str], case_ids: sa.Select[Any]
) -> dict[str, int]:
    query = sa.select(state, sa.func.count()).where(case.in_(case_ids)).group_by(state).order_by(state)
    return {name: number for name, number in connection.execute(query)}


def _into(connection: Connection, level: Sequence[Ref]) -> Iterator[sa.Row[Any]]:
    for kind in dict.fromkeys(ref.kind for ref in level):
        ids = [ref.id for ref in level if ref.kind == kind]
        for start in range(0, len(ids), AT_ONCE):
            here = (_L.to_kind == kind, _L.to_id.in_(ids[start : start + AT_ONCE]))
            query = sa.select(links).where(*here).order_by(_L.position.desc(), _L.from_kind, _L.from_id)
            yield from connection.execute(query)


def _of_cases(connection: Connection, case_ids: Collection[str]) -> Iterator[sa.Row[Any]]:
    every = list(case_ids)
    for start in range(0, len(every), AT_ONCE):
        query = sa.select(links).where(_L.case_id.in_(every[start : start + AT_ONCE]))
        yield from connection.execute(query.order_by(_L.position))
