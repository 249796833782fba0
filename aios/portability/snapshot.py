"""What the database holds at one moment, row by row, in an order that both stores agree on."""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.blobs import blobs, get_bytes
from aios.effects.switches import IMPORT
from aios.errors import Tampered
from aios.events.catalog import BudgetSettled, OutgoingStopped
from aios.events.certificates import Certificates
from aios.events.tables import events
from aios.events.tail import GENESIS
from aios.ids import digest_bytes

PAGE = 1000
Progress = Callable[[str, int], None]
"""Told the name of what is being done, and how many are done."""


def silent(_what: str, _done: int) -> None:
    """Tell nobody."""


def own_head(connection: Connection) -> int:
    """The position of the last event that an export holds.

    What the import itself added stays out while nothing came after it, so that a home that nobody has worked on gives
    the file that it was made from.
    """
    added = (events.c.actor == IMPORT) & events.c.type.in_((OutgoingStopped.type, BudgetSettled.type))
    return connection.scalar(sa.select(sa.func.max(events.c.position)).where(~added)) or 0


class Chain:
    """The events up to a position, each checked to follow the one before it; `head` is the hash of the last one."""

    def __init__(self, connection: Connection, until: int, progress: Progress) -> None:
        self.connection = connection
        self.until = until
        self.progress = progress
        self.head = GENESIS
        self.certificates = Certificates.of(connection)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        done = 0
        while done < self.until:
            rows = self._page(done)
            for row in rows:
                done += 1
                if row["position"] != done or row["previous_hash"] != self.head or not self.certificates.is_whole(row):
                    raise Tampered(f"Event {done} is not as it was written.", "See `aios events verify`.")
                self.head = row["hash"]
                yield {name: value for name, value in row.items() if name != "forgotten_by" or value}
            if not rows:
                raise Tampered(f"Event {done + 1} is missing.", "See `aios events verify`.")
            self.progress("events", done)

    def _page(self, after: int) -> list[dict[str, Any]]:
        query = sa.select(events).where(events.c.position > after, events.c.position <= self.until)
        return [dict(row) for row in self.connection.execute(query.order_by(events.c.position).limit(PAGE)).mappings()]


def blob_rows(connection: Connection) -> Iterator[dict[str, Any]]:
    """Each blob's digest, size and media type, in the order of their digests."""
    query = sa.select(blobs.c.digest, blobs.c.size, blobs.c.media_type).order_by(blobs.c.digest).limit(PAGE)
    last = ""
    while rows := [dict(row) for row in connection.execute(query.where(blobs.c.digest > last)).mappings()]:
        yield from rows
        last = rows[-1]["digest"]


def blob_bytes(connection: Connection, key: str) -> bytes:
    """The blob's bytes; `Tampered` where they are not those of its name."""
    data = get_bytes(connection, key)
    if digest_bytes(data) != key:
        raise Tampered(f"The content kept under {key[:12]} has changed.", "Restore a backup.")
    return data


def table_rows(connection: Connection, table: sa.Table) -> Iterator[dict[str, Any]]:
    """Every row of a table, in the order of its key's bytes."""
    keys = [_by_bytes(connection, column) for column in table.primary_key]
    query = sa.select(table).order_by(*keys).execution_options(stream_results=True, yield_per=PAGE)
    for row in connection.execute(query).mappings():
        yield {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}


def _by_bytes(connection: Connection, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    is_text = isinstance(column.type, sa.String) and connection.dialect.name == "postgresql"
    return sa.collate(column, "C") if is_text else column
