"""What somebody could do to the log who can write to its database, and who knows how the chain is computed."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.engine import Database
from aios.events.catalog import LogSealed
from aios.events.merkle import merkle_root
from aios.events.seals import hashes_between, seal_of
from aios.events.tables import events, log_head
from aios.events.tail import GENESIS, event_hash


def change(tx: Connection, at: int, /, **values: Any) -> None:
    """Write other values into an event."""
    tx.execute(sa.update(events).where(events.c.position == at).values(**values))


def remove(tx: Connection, at: int) -> None:
    """Take an event out, and close the gap."""
    tx.execute(sa.delete(events).where(events.c.position == at))
    for position in tx.scalars(sa.select(events.c.position).where(events.c.position > at).order_by("position")).all():
        change(tx, position, position=position - 1)


def add(tx: Connection, at: int) -> None:
    """Slip in an event that never was."""
    later = sa.select(events.c.position).where(events.c.position >= at).order_by(events.c.position.desc())
    for position in tx.scalars(later).all():
        change(tx, position, position=position + 1)
    row = dict(tx.execute(sa.select(events).where(events.c.position == at + 1)).mappings().one())
    row |= {"position": at, "id": "ev_invented", "seq": 900, "source": None, "source_id": None}
    tx.execute(sa.insert(events).values(row))


def swap(tx: Connection, at: int, other: int) -> None:
    """Let two events trade places."""
    for before, after in ((at, 9999), (other, at), (9999, other)):
        change(tx, before, position=after)


def compute_anew(tx: Connection) -> None:
    """Compute the chain anew, so that it holds."""
    previous, position = GENESIS, 0
    for row in tx.execute(sa.select(events).order_by(events.c.position)).mappings().all():
        position, values = row["position"], {**row, "previous_hash": previous}
        previous = event_hash(values)
        change(tx, position, previous_hash=values["previous_hash"], hash=previous)
    tx.execute(sa.update(log_head).values(position=position, hash=previous))


def seal_anew(tx: Connection) -> None:
    """Compute the seals anew as well, each over what the log says now."""
    previous = GENESIS
    for row in tx.execute(sa.select(events).where(events.c.type == LogSealed.type).order_by("position")).all():
        seal = LogSealed.model_validate(row.payload)
        root = merkle_root(hashes_between(tx, seal.first_position, seal.last_position))
        seal = seal.model_copy(update={"root": root, "previous_seal": previous})
        previous = seal_of(seal).digest
        change(tx, row.position, payload=seal.model_dump(mode="json"))
        compute_anew(tx)


def damage(database: Database, *deeds: Callable[[Connection], object]) -> None:
    """Do it, all in one transaction."""
    with database.write() as tx:
        for deed in deeds:
            deed(tx)
