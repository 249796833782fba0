"""`Certificates`: which events were emptied on request, and what must be left of each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection

from aios.events.catalog import PersonForgotten
from aios.events.tables import events
from aios.events.tail import event_hash


@dataclass(frozen=True)
class Emptied:
    """What a certificate says of an event: the hash it had, the hash of what is left, and the certificate's id."""

    hash: str
    left: str
    certificate: str


class Certificates:
    """What the certificates of the log name, by position. Without them, a forgotten event would look like tampering.

    A certificate counts where it is as it was written itself, and only for events before it.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.named: dict[int, Emptied] = {}
        for row in rows:
            self._read(row)

    @classmethod
    def of(cls, connection: Connection) -> "Certificates":
        """Those of the log."""
        query = sa.select(events).where(events.c.type == PersonForgotten.type).order_by(events.c.position)
        return cls(dict(row) for row in connection.execute(query).mappings())

    def is_whole(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of the log is what its hash says, or what is left of it by a certificate."""
        emptied = self.named.get(row["position"])
        if emptied is None:
            return row.get("forgotten_by") is None and _hash(row) == row["hash"]
        said = (emptied.hash, emptied.left, emptied.certificate)
        return (row["hash"], _hash(row), row.get("forgotten_by")) == said

    def is_whole_in_file(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of a day's file is: it may have been written before the event was forgotten, or after."""
        emptied = self.named.get(row["position"])
        now = _hash(row)
        return now == row["hash"] or (emptied is not None and (row["hash"], now) == (emptied.hash, emptied.left))

    def _read(self, row: Mapping[str, Any]) -> None:
        if _hash(row) != row["hash"]:
            return
        try:
            said = PersonForgotten.model_validate(row["payload"])
        except ValidationError:
            return
        for event in said.events:
            if event.position < row["position"]:
                self.named.setdefault(event.position, Emptied(event.hash, event.left, row["id"]))


def _hash(row: Mapping[str, Any]) -> str:
    try:
        return event_hash(dict(row))
    except ValueError:
        return ""  # JSON that aios never writes, such as NaN
