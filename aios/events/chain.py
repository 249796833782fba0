"""The hash chain, walked from the first event to the last: which events are not where or what they were."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.storable import LARGEST
from aios.events.catalog import PersonForgotten
from aios.events.certificates import Certificates
from aios.events.finding import Finding, Kind
from aios.events.tables import events, log_head
from aios.events.tail import GENESIS

PAGE = 1000

MOST = 200
"""Events that are looked at closely; where more are wrong, the first ones say enough."""

NEAR = 10
"""How many places an event may have been moved by others that were removed or added before it."""

Row = dict[str, Any]


@dataclass
class Walk:
    """What a walk met: how many events, gaps, events whose hash is not theirs, and events replaced with a new hash.

    `forgotten` counts the events that were emptied on request, as their `certificates` say.
    """

    certificates: Certificates
    events: int = 0
    forgotten: int = 0
    missing: list[int] = field(default_factory=list[int])
    suspects: list[Row] = field(default_factory=list[Row])
    replaced: list[Row] = field(default_factory=list[Row])


def raw_rows(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Row]:
    """The rows of `events` as they are stored; a payload that is no JSON stays text."""
    columns = [column for column in events.c if column.name != "payload"]
    payload = sa.type_coerce(events.c.payload, sa.Text).label("payload")
    query = sa.select(*columns, payload).where(condition).order_by(events.c.position).limit(PAGE)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        try:
            row["payload"] = json.loads(row["payload"])
        except ValueError:
            continue  # whatever it is now, its hash will say that it was changed
    return rows


def every_row(connection: Connection, after: int = 0, until: int = LARGEST) -> Iterator[Row]:
    """Every row of the log after a position, in order, up to another one."""
    while page := raw_rows(connection, sa.and_(events.c.position > after, events.c.position <= until)):
        yield from page
        after = page[-1]["position"]


def walk(connection: Connection) -> Walk:
    """Go along the chain."""
    found, expected, before = Walk(_certificates(connection)), 1, Row(hash=GENESIS)
    for row in every_row(connection):
        gap = row["position"] > expected
        found.missing += range(expected, min(row["position"], expected + MOST))
        whole = found.certificates.is_whole(row)
        found.forgotten += whole and row["forgotten_by"] is not None
        if not whole:
            found.suspects += [row] if len(found.suspects) < MOST else []
        elif row["previous_hash"] != before["hash"] and not gap:
            found.replaced += [before] if "position" in before and before not in found.suspects else []
        found.events, expected, before = found.events + 1, row["position"] + 1, row
    head = connection.execute(sa.select(log_head.c.position, log_head.c.hash)).first()
    if head is not None:
        found.missing += range(expected, min(head.position + 1, expected + MOST))
        if head.position == expected - 1 and head.hash != before["hash"]:
            found.replaced.append(before)
    return found


def _certificates(connection: Connection) -> Certificates:
    """Those of the log, read as they are stored: one that is no JSON any more counts for nothing."""
    found: list[Row] = []
    while page := raw_rows(connection, _certificate_after(found[-1]["position"] if found else 0)):
        found += page
    return Certificates(found)


def _certificate_after(position: int) -> sa.ColumnElement[bool]:
    return sa.and_(events.c.position > position, events.c.type == PersonForgotten.type)


def chain_findings(found: Walk) -> list[Finding]:
    """What was removed, added, reordered or changed, as far as the chain can tell."""
    stood = _stood(found)
    gone = [now for now, then in stood.items() if then > now and now not in stood.values()]
    new = [then for now, then in stood.items() if then < now and then not in stood]
    findings = [_finding("removed", at, f"event {at} is missing") for at in found.missing]
    findings += [_finding("removed", at, f"event {at} is missing, and the next ones were renumbered") for at in gone]
    findings += [_finding("added", at, f"event {at} was added, and the next ones were renumbered") for at in new]
    for row in found.suspects:
        now: int = row["position"]
        then = stood.get(now, now)
        shift = sum(at <= now for at in gone) - sum(at <= then for at in new)
        if now not in stood and now not in new:
            findings.append(_finding("changed", now, f"event {now} ({row['type']}) was changed", row))
        elif now in stood and then - now != shift:
            findings.append(_finding("reordered", then, f"event {then} ({row['type']}) now stands at {now}", row))
    findings += [
        _finding("changed", row["position"], f"event {row['position']} was changed, and its hash with it", row)
        for row in found.replaced
        if row["position"] not in new
    ]
    return sorted(findings, key=lambda finding: finding.position)


def _stood(found: Walk) -> dict[int, int]:
    """For each event that is whole but for its place: where it stands, and where it stood."""
    places = {row["position"] for row in found.suspects}
    stood: dict[int, int] = {}
    for row in found.suspects:
        now: int = row["position"]
        near = range(now - NEAR, now + NEAR + 1)
        elsewhere = ({**row, "position": at} for at in sorted(places | set(near)) if at != now)
        then = next((moved["position"] for moved in elsewhere if found.certificates.is_whole(moved)), None)
        if then is not None:
            stood[now] = then
    return stood


def _finding(kind: Kind, position: int, problem: str, row: Row | None = None) -> Finding:
    row = row or {}
    return Finding(kind, position, problem, event_id=row.get("id", ""), event_type=row.get("type", ""))
