"""The end of the log, as a write transaction finds it and moves it on: positions, sequence numbers and hashes."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.events.tables import events, log_head
from aios.ids import digest

GENESIS = "0" * 64
"""The hash before the first event."""

_LAST_OF_STREAM = sa.select(sa.func.max(events.c.seq)).where(events.c.stream == sa.bindparam("stream"))
_HEAD = sa.select(log_head.c.position, log_head.c.hash, _LAST_OF_STREAM.scalar_subquery().label("seq"))
_INSERT = sa.insert(events)
_FIRST_HEAD = sa.insert(log_head).values(id=1, position=sa.bindparam("position"), hash=sa.bindparam("hash"))
_NEXT_HEAD = sa.update(log_head).values(position=sa.bindparam("position"), hash=sa.bindparam("hash"))


class Tail:
    """Where the next events go. It is read once and kept, for nobody else can append while the transaction lasts."""

    def __init__(self, tx: Connection, stream: str) -> None:
        self.tx = tx
        head = tx.execute(_HEAD, {"stream": stream}).first()
        self._is_empty = head is None
        self._position: int = head.position if head else 0
        self._hash: str = head.hash if head else GENESIS
        self._seqs: dict[str, int] = {stream: (head.seq if head else None) or 0}

    def link(self, row: dict[str, Any]) -> None:
        """Give a row the next place in the log and in its stream, and chain it to the row before."""
        stream = row["stream"]
        if stream not in self._seqs:
            self._seqs[stream] = self.tx.scalar(_LAST_OF_STREAM, {"stream": stream}) or 0
        self._seqs[stream] += 1
        self._position += 1
        row |= {"position": self._position, "seq": self._seqs[stream], "previous_hash": self._hash}
        row["hash"] = self._hash = event_hash(row)

    def store(self, rows: list[dict[str, Any]]) -> None:
        """Write linked rows, and where the log ends now."""
        self.tx.execute(_INSERT, rows)
        self.tx.execute(_FIRST_HEAD if self._is_empty else _NEXT_HEAD, {"position": self._position, "hash": self._hash})


def event_hash(row: dict[str, Any]) -> str:
    """The hash that chains a row: SHA-256 over every other column, the hash before it included."""
    return digest({key: value for key, value in row.items() if key != "hash"})
