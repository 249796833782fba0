"""The end of the log, as a write transaction finds it and moves it on: positions, sequence numbers and hashes."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.prepared import Prepared
from aios.events.tables import NOT_HASHED, events, log_head
from aios.ids import digest

GENESIS = "0" * 64
"""The hash before the first event."""

AT_ONCE = 1000
"""Streams asked about in one statement; stores take no more than some thousands of parameters."""

_LAST_OF_STREAM = sa.select(sa.func.max(events.c.seq)).where(events.c.stream == sa.bindparam("stream"))
_FORGOTTEN_EVENT = (
    sa.select(sa.literal(1).label("found"))
    .where(events.c.case_id == sa.bindparam("case_id"), events.c.forgotten_by.is_not(None))
    .limit(1)
)
_FORGOTTEN = Prepared(_FORGOTTEN_EVENT)
_HEAD = Prepared(
    sa.select(
        log_head.c.position,
        log_head.c.hash,
        _LAST_OF_STREAM.scalar_subquery().label("seq"),
        _FORGOTTEN_EVENT.scalar_subquery().label("forgotten"),
    )
)
_LAST_OF_STREAMS = (
    sa.select(events.c.stream, sa.func.max(events.c.seq).label("seq"))
    .where(events.c.stream.in_(sa.bindparam("streams", expanding=True)))
    .group_by(events.c.stream)
)
_INSERT = Prepared(sa.insert(events))
_FIRST_HEAD = Prepared(sa.insert(log_head).values(id=1))
_NEXT_HEAD = Prepared(sa.update(log_head))


class Tail:
    """Where the next events go. It is read once and kept, for nobody else can append while the transaction lasts.

    `forgotten` are those of the cases that were forgotten on request.
    """

    def __init__(self, tx: Connection, streams: Sequence[str], cases: Sequence[str] = ()) -> None:
        self.tx = tx
        first, *others = dict.fromkeys(streams)
        first_case, *other_cases = dict.fromkeys(cases) or [""]
        head = _HEAD.first(tx, stream=first, case_id=first_case)
        position, hash_, last, is_first_forgotten = head or (0, GENESIS, 0, None)
        self.forgotten = {case for case in other_cases if is_forgotten(tx, case)}
        if is_first_forgotten:
            self.forgotten.add(first_case)
        self._is_empty = head is None
        self._position: int = position
        self._hash: str = hash_
        self._seqs: dict[str, int] = {**dict.fromkeys(others, 0), first: last or 0}
        for at in range(0, len(others), AT_ONCE):
            found = tx.execute(_LAST_OF_STREAMS, {"streams": others[at : at + AT_ONCE]})
            self._seqs |= {row.stream: row.seq for row in found}

    def link(self, row: dict[str, Any]) -> None:
        """Give a row the next place in the log and in its stream, and chain it to the row before."""
        self._seqs[row["stream"]] += 1
        self._position += 1
        row |= {"position": self._position, "seq": self._seqs[row["stream"]], "previous_hash": self._hash}
        row["hash"] = self._hash = event_hash(row)

    def store(self, rows: list[dict[str, Any]]) -> None:
        """Write linked rows, and where the log ends now."""
        _INSERT.write(self.tx, rows)
        head = _FIRST_HEAD if self._is_empty else _NEXT_HEAD
        head.write(self.tx, {"position": self._position, "hash": self._hash})


def is_forgotten(connection: Connection, case_id: str) -> bool:
    """Whether a case was forgotten on request: nothing that could say something of a person enters it any more."""
    return _FORGOTTEN.first(connection, case_id=case_id) is not None


def event_hash(row: dict[str, Any]) -> str:
    """The hash that chains a row: SHA-256 over every column as written, the hash before it included."""
    return digest({key: value for key, value in row.items() if key not in NOT_HASHED})
