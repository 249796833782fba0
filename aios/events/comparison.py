"""The log beside the file of a day: which events were changed, removed, added or reordered, and what differs."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy.engine import Connection

from aios.events.chain import Row, every_row, raw_rows
from aios.events.finding import Finding, Kind
from aios.events.tables import events

AT_ONCE = 500
"""Ids asked for in one statement."""

_PLACE = {"position", "seq", "previous_hash", "hash", "forgotten_by"}
"""What changes of an event when others are removed, added or changed before it; and what no file says."""


def compare(connection: Connection, day: str, filed: Sequence[Row], elsewhere: set[str]) -> list[Finding]:
    """How the log differs from what a day's file holds; `elsewhere` are the ids that files of other days hold."""
    now = _rows_of(connection, [row["id"] for row in filed])
    kept = [row for row in filed if row["id"] in now]
    found = [_said("removed", row, day, "is no longer in the log") for row in filed if row["id"] not in now]
    for row in kept:
        if differs := _differences(row, now[row["id"]]):
            found.append(_said("changed", row, day, f"differs in {', '.join(differs)}", differs))
    in_order = sorted(now.values(), key=lambda row: row["position"])
    for row, other in zip(kept, in_order, strict=True):
        if row["id"] != other["id"]:
            stands = now[row["id"]]["position"]
            found.append(_said("reordered", row, day, f"stands at {stands} now, in another order"))
    if in_order:
        known = elsewhere | set(now)
        between = every_row(connection, in_order[0]["position"], in_order[-1]["position"])
        found += [_said("added", row, day, "was added") for row in between if row["id"] not in known]
    if not found:
        found = [
            _said("changed", row, day, "differs in seq", ("seq",))
            for row in kept
            if row["seq"] != now[row["id"]]["seq"]
        ]
    return found


def _rows_of(connection: Connection, ids: Sequence[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for at in range(0, len(ids), AT_ONCE):
        found |= {row["id"]: row for row in raw_rows(connection, events.c.id.in_(ids[at : at + AT_ONCE]))}
    return found


def _differences(before: Row, now: Row) -> tuple[str, ...]:
    """The names of the fields that differ, those inside the payload by their path."""
    names: list[str] = []
    for name in before:
        if name not in _PLACE:
            names += _paths(name, before[name], now[name])
    return tuple(names)


def _paths(name: str, before: Any, now: Any) -> list[str]:
    if before == now:
        return []
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return [name]
    old, new = cast(Row, before), cast(Row, now)
    return [path for key in sorted({*old, *new}) for path in _paths(f"{name}.{key}", old.get(key), new.get(key))]


def _said(kind: Kind, row: Row, day: str, what: str, differs: tuple[str, ...] = ()) -> Finding:
    problem = f"event {row['position']} ({row['type']}) {what}"
    return Finding(kind, row["position"], problem, day, row["id"], row["type"], differs)
