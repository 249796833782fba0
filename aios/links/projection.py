"""How events become rows of `links`: each names what it was made from."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy.engine import Connection

from aios.database.upsert import insert_missing
from aios.events import catalog
from aios.events.event import Event
from aios.links.tables import links


class Ref(NamedTuple):
    """A thing by its kind and id."""

    kind: str
    id: str


def artifact_ref(case_id: str, step: str, version: int) -> Ref:
    """One version of a step's output."""
    return Ref("artifact", f"{case_id}/{step}/{version}")


def read_ref(item_id: str) -> Ref:
    """What a snapshot's piece or a claim names: a memory item, or the event of an earlier message."""
    return Ref("event" if item_id.startswith("ev_") else "item", item_id)


class LinkProjection:
    """What influenced what, as the events say it; what an older event does not say has no row."""

    tables = (links,)

    def apply(self, tx: Connection, event: Event) -> None:
        """Add the links of the event; the same link said again stays where it was first said."""
        rows = [
            {
                "from_kind": source.kind,
                "from_id": source.id,
                "to_kind": target.kind,
                "to_id": target.id,
                "relation": relation,
                "case_id": event.case_id or "",
                "position": event.position,
            }
            for source, relation, target in dict.fromkeys(_links(event))
            if source.id
        ]
        if rows:
            insert_missing(tx, links, rows)


_Link = tuple[Ref, str, Ref]


def _links(event: Event) -> Iterator[_Link]:
    case_id = event.case_id or ""
    match event.payload:
        case catalog.MemoryAdded() as added:
            yield from _of_item(event, added)
        case catalog.CaseOpened() as opened:
            yield Ref("event", opened.trigger), "opened", Ref("case", case_id)
        case catalog.CaseContinued() as again:
            yield Ref("event", again.trigger), "continued", Ref("case", case_id)
        case catalog.ArtifactRecorded() as made:
            yield from _of_artifact(case_id, made)
        case catalog.DecisionOpened() as asked:
            decision = Ref("decision", asked.decision_id)
            yield from _inputs(case_id, asked.inputs, "shown in", decision)
            yield Ref("effect", asked.effect_key), "asked about in", decision
            yield Ref("rule", asked.rule), "asks in", decision
        case catalog.EffectProposed() as proposed:
            effect = Ref("effect", proposed.key)
            yield from _inputs(case_id, proposed.inputs, "read by", effect)
            yield Ref("rule", proposed.rule), "judges", effect
        case catalog.EffectApproved() as approved:
            yield Ref("decision", approved.decision_id), "approves", Ref("effect", approved.key)
            yield Ref("rule", "" if approved.decision_id else approved.rule), "allows", Ref("effect", approved.key)
        case _:
            pass


def _of_item(event: Event, added: catalog.MemoryAdded) -> Iterator[_Link]:
    item = Ref("item", added.item_id)
    yield Ref("event", event.id), "tells", item
    yield Ref("event", event.caused_by or ""), "led to", item
    for source in added.attributes.get("sources", ()):
        yield Ref("event", str(source.get("event_id", ""))[:60]), "source of", item
    yield Ref("item", str(added.attributes.get("supersedes", ""))[:60]), "corrected by", item
    if added.kind == "document":
        yield Ref("document", added.source), "contains", item


def _of_artifact(case_id: str, made: catalog.ArtifactRecorded) -> Iterator[_Link]:
    by = made.provenance
    artifact = artifact_ref(case_id, made.step, made.artifact_version)
    yield Ref("event", str(by.get("trigger", ""))), "worked on in", artifact
    yield from _inputs(case_id, made.inputs, "read by", artifact)
    yield from _each(by.get("read", ()), "read by", artifact)
    yield from _each(by.get("cited", ()), "cited by", artifact)
    for decision_id in by.get("feedback", ()):
        yield Ref("decision", str(decision_id)), "fed back to", artifact


def _inputs(case_id: str, inputs: dict[str, int], relation: str, target: Ref) -> Iterator[_Link]:
    for step, version in inputs.items():
        yield artifact_ref(case_id, step, version), relation, target


def _each(item_ids: Iterable[object], relation: str, target: Ref) -> Iterator[_Link]:
    for item_id in item_ids:
        yield read_ref(str(item_id)), relation, target
