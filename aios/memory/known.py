"""`Known`: an item with all there is to say about it: where it comes from, how sure it is, and how it was used."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from aios.memory.item import Item
from aios.memory.uses import uses_of
from aios.memory.versions import revision_of, superseded_by


@dataclass(frozen=True)
class Known:
    """An item as one looks at it. `confidence` is None where it was simply told; `references` are items it names."""

    item_id: str
    kind: str
    title: str
    text: str
    subject: str
    source: str
    source_events: tuple[str, ...]
    version: int
    confidence: float | None
    references: tuple[str, ...]
    superseded_by: str
    uses: int
    last_used: str
    valid_from: str
    valid_to: str
    added_at: str
    closed_at: str
    closed_reason: str
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])


def known(connection: Connection, item: Item) -> Known:
    """The item, with the events it comes from and the cases whose contexts held it."""
    used = uses_of(connection, [item.item_id]).get(item.item_id)
    about = item.attributes
    events = [item.added_by, *(str(source["event_id"]) for source in about.get("sources", ()) if source["event_id"])]
    return Known(
        item_id=item.item_id,
        kind=item.kind,
        title=item.title,
        text=item.text,
        subject=item.subject,
        source=item.source,
        source_events=tuple(dict.fromkeys(events)),
        version=revision_of(item),
        confidence=about.get("confidence"),
        references=tuple(str(about[name]) for name in ("supersedes", "caused_by") if about.get(name)),
        superseded_by=superseded_by(item),
        uses=used.count if used else 0,
        last_used=used.last if used else "",
        valid_from=item.valid_from,
        valid_to=item.valid_to,
        added_at=item.added_at,
        closed_at=item.closed_at,
        closed_reason=item.closed_reason,
        attributes=about,
    )
