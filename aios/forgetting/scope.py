"""`Scope`: everything that is to go, what is under way of it, and what speaks of the person and stays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.connectors.payments.events import MEDIA_TYPE as STRIPE_EVENT
from aios.database.blobs import blobs, get_many
from aios.decisions.tables import decisions
from aios.effects.ledger import READY, UNDER_WAY, Effect
from aios.effects.tables import effects
from aios.events.catalog import MemoryAdded, MemorySupported, WebhookReceived
from aios.events.redaction import redacted
from aios.events.tables import events
from aios.forgetting import files
from aios.forgetting.mentions import digests, read_kept
from aios.forgetting.person import Person, cases_of, read_person
from aios.intake.posted import EVENT_MEDIA_TYPE
from aios.intake.tables import quarantine
from aios.kernel import Kernel
from aios.memory.questions import asked_about, asked_against
from aios.memory.summaries import about_cases
from aios.memory.tables import memory_items

AT_ONCE = 500


@dataclass(frozen=True)
class Emptying:
    """An event's row as it is, and as what is personal leaves it."""

    row: Mapping[str, Any]
    left: dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """What is to go. `blobs` and `files` are digests, `mentions` and `other_files` what only speaks of the person."""

    person: Person
    cases: tuple[str, ...]
    items: tuple[str, ...]
    quarantined: tuple[str, ...]
    events: tuple[Emptying, ...]
    blobs: tuple[str, ...]
    files: tuple[str, ...]
    mentions: tuple[str, ...]
    other_files: tuple[str, ...]
    effects: tuple[Effect, ...]
    open_decisions: tuple[str, ...]

    @property
    def under_way(self) -> tuple[Effect, ...]:
        """What may be on its way out, and must be settled first."""
        return tuple(effect for effect in self.effects if effect.state in UNDER_WAY)

    @property
    def waiting(self) -> tuple[Effect, ...]:
        """What has not gone out, and will not."""
        return tuple(effect for effect in self.effects if effect.state in ("proposed", *READY))

    @property
    def counts(self) -> dict[str, int]:
        """How much goes, by kind."""
        return {
            "contacts": len(self.person.contacts),
            "cases": len(self.cases),
            "memory": len(self.items),
            "quarantine": len(self.quarantined),
            "events": len(self.events),
            "contents": len(self.blobs),
            "files": len(self.files),
        }


def read_scope(kernel: Kernel, connection: Connection, root: str) -> Scope:
    """What goes with the contact behind a canonical id."""
    person = read_person(connection, root)
    cases = cases_of(kernel.log, connection, person)
    items = list(connection.scalars(sa.select(memory_items.c.item_id).where(_of(memory_items.c.subject, person))))
    told, supported = _told_in(connection, cases)
    items = list(dict.fromkeys([*items, *about_cases(connection, cases), *told]))
    own = [*_rows(connection, events.c.case_id, cases), *supported]
    asked = [each for contact_id in person.contacts for each in asked_about(connection, contact_id)]
    asked = list(dict.fromkeys([*asked, *asked_against(connection, set(items))]))
    streams = [f"contact/{each}" for each in person.contacts] + [f"memory/{each}" for each in items]
    streams += [f"decision/{each}" for each in asked]
    own += _rows(connection, events.c.stream, streams)
    named = {digest for row in own for digest in digests(row["payload"])}
    quarantined = [row.id for row in _quarantined(connection, person, named)]
    own += _rows(connection, events.c.stream, [f"quarantine/{each}" for each in quarantined])
    own += _hooks(connection, person)
    kept = read_kept(connection, {row["position"] for row in own}, person.words)
    contents = _contents(connection, own, kept.users)
    held = [effect for some in _portions(cases) for effect in _effects(connection, some)]
    captured = [str((effect.receipt or {}).get("file", "")) for effect in held]
    theirs, other_files = files.find(kernel.settings.home, person, set(contents), filter(None, captured))
    return Scope(
        person=person,
        cases=tuple(cases),
        items=tuple(items),
        quarantined=tuple(quarantined),
        events=tuple(_emptied(own)),
        blobs=contents,
        files=theirs,
        mentions=tuple(sorted(kept.mentions)),
        other_files=other_files,
        effects=tuple(held),
        open_decisions=tuple(_open_decisions(connection, cases, asked)),
    )


def _of(column: sa.Column[str], person: Person) -> sa.ColumnElement[bool]:
    return column.in_(person.contacts)


def _emptied(own: Sequence[Mapping[str, Any]]) -> Iterator[Emptying]:
    """Those of the rows that have anything to empty, each once, in the order of the log."""
    for _, row in sorted({row["position"]: row for row in own}.items()):
        left = redacted(row)
        if left != row:
            yield Emptying(row, left)


def _rows(connection: Connection, column: sa.Column[Any], values: Sequence[str]) -> list[Mapping[str, Any]]:
    """The events of cases or streams that are not forgotten already."""
    found: list[Mapping[str, Any]] = []
    for some in _portions(values):
        query = sa.select(events).where(column.in_(some), events.c.forgotten_by.is_(None))
        found += [dict(row) for row in connection.execute(query).mappings()]
    return found


def _told_in(connection: Connection, cases: Sequence[str]) -> tuple[list[str], list[Mapping[str, Any]]]:
    """Items that name one of their cases as a source, and what supports others: of whom they once were merged with."""
    items, supports = list[str](), list[Mapping[str, Any]]()
    query = sa.select(events).where(events.c.type.in_((MemoryAdded.type, MemorySupported.type)))
    for row in connection.execute(query.where(events.c.forgotten_by.is_(None))).mappings():
        said = row["payload"]
        sources = [said["source"]] if row["type"] == MemorySupported.type else said["attributes"].get("sources", ())
        if any(source.get("case_id") in cases for source in sources):
            if row["type"] == MemoryAdded.type:
                items.append(said["item_id"])
            else:
                supports.append(dict(row))
    return items, supports


def _contents(
    connection: Connection, own: Sequence[Mapping[str, Any]], needed: Mapping[str, set[str]]
) -> tuple[str, ...]:
    """The content that their events name, and that which such content names in turn, where nothing else needs it."""
    found: set[str] = set()
    new = {digest for row in own for digest in digests(row["payload"])}
    while new := {digest for digest in new - found if not needed.get(digest)}:
        there = get_many(connection, new)
        found |= there.keys()
        new = {digest for data in there.values() for digest in digests(data.decode("utf-8", "replace"))}
        new = new & _existing(connection, new - found)
    return tuple(sorted(found))


def _existing(connection: Connection, keys: set[str]) -> set[str]:
    query = sa.select(blobs.c.digest)
    return {each for some in _portions(sorted(keys)) for each in connection.scalars(query.where(_in(some)))}


def _in(keys: Sequence[str]) -> sa.ColumnElement[bool]:
    return blobs.c.digest.in_(keys)


def _quarantined(connection: Connection, person: Person, named: set[str]) -> list[sa.Row[Any]]:
    """What is in quarantine and came from the person, as far as that can be read."""
    found: list[sa.Row[Any]] = []
    for row in connection.execute(sa.select(quarantine).order_by(quarantine.c.id)).all():
        data = get_many(connection, [row.blob]).get(row.blob, b"") if row.blob else b""
        is_event = row.media_type in (EVENT_MEDIA_TYPE, STRIPE_EVENT)
        sent = data and (_posted(person, data) if is_event else person.sent_file(row.name, data))
        if row.blob in named or sent:
            found.append(row)
    return found


def _hooks(connection: Connection, person: Person) -> list[dict[str, Any]]:
    """What other programs told of one of their addresses."""
    query = sa.select(events).where(events.c.type == WebhookReceived.type, events.c.forgotten_by.is_(None))
    found: list[dict[str, Any]] = []
    for row in connection.execute(query.order_by(events.c.position)).mappings():
        data = get_many(connection, [row["payload"]["blob"]])
        found += [dict(row)] if any(_posted(person, each) for each in data.values()) else []
    return found


def _posted(person: Person, data: bytes) -> bool:
    """Whether what another program posted holds one of their addresses."""
    return any(email in data.decode("utf-8", "replace").casefold() for email in person.emails)


def _effects(connection: Connection, cases: Sequence[str]) -> list[Effect]:
    query = sa.select(effects).where(effects.c.case_id.in_(cases)).order_by(effects.c.position)
    return [Effect(**row) for row in connection.execute(query).mappings()]


def _open_decisions(connection: Connection, cases: Sequence[str], asked: Sequence[str]) -> Iterator[str]:
    """The questions still open: in their cases, and about facts of theirs."""
    query = sa.select(decisions.c.id).where(decisions.c.status == "open").order_by(decisions.c.id)
    for column, values in ((decisions.c.case_id, cases), (decisions.c.id, asked)):
        for some in _portions(values):
            yield from connection.scalars(query.where(column.in_(some)))


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
