"""What stays of the log and its content: which content it needs, and where it speaks of somebody."""

import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import blobs
from aios.events.catalog import PersonForgotten
from aios.events.tables import events
from aios.forgetting.words import Words, texts

PAGE = 500
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass
class Kept:
    """What stays: `users` says by digest where content is needed, `mentions` where the person is spoken of."""

    users: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    mentions: set[str] = field(default_factory=set[str])


def digests(value: Any) -> Iterator[str]:
    """Everything in a JSON value that could name content."""
    for text in texts(value):
        yield from _DIGEST.findall(text)


def read_kept(connection: Connection, removed: Collection[int], words: Words) -> Kept:
    """Go through all events but those at the removed positions, and through the content that they name."""
    kept = Kept()
    for row in _rows(connection):
        if row["position"] in removed or row["type"] == PersonForgotten.type or row["forgotten_by"]:
            continue
        for digest in digests(row["payload"]):
            kept.users[digest].add(place(row))
        if words.named_in(row["payload"]):
            kept.mentions.add(place(row))
    for row in _contents(connection):
        if row.digest in kept.users and words.named_in_bytes(zlib.decompress(row.data), row.media_type):
            kept.mentions |= kept.users[row.digest]
    return kept


def place(row: Mapping[str, Any]) -> str:
    """Where an event belongs, as a person would look for it: `case lead-0001`, `memory mem_…`."""
    return f"case {row['case_id']}" if row["case_id"] else str(row["stream"]).replace("/", " ", 1)


def _rows(connection: Connection) -> Iterator[Mapping[str, Any]]:
    after = 0
    query = sa.select(events).order_by(events.c.position).limit(PAGE)
    while page := [dict(row) for row in connection.execute(query.where(events.c.position > after)).mappings()]:
        yield from page
        after = page[-1]["position"]


def _contents(connection: Connection) -> Iterator[sa.Row[Any]]:
    last = ""
    query = sa.select(blobs).order_by(blobs.c.digest).limit(PAGE)
    while page := connection.execute(query.where(blobs.c.digest > last)).all():
        yield from page
        last = page[-1].digest
