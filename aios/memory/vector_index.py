"""`VectorIndex`: the items by meaning, as one embedder sees them, in one collection of vectors."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.engine import Database
from aios.faults import reach
from aios.memory import lexical
from aios.memory.chroma import Chroma
from aios.memory.embedders import Embedder
from aios.memory.item import all_items, read_items
from aios.memory.tables import memory_items

NEAREST = 200
"""How many neighbours are asked for; filters on kind, subject and validity then apply in the database."""

NEAREST_TO_ITSELF, EQUAL = 10, 1e-4
"""How many are looked at when an item is looked up by itself; likenesses that differ by no more are the same."""

TOGETHER = 128
"""Items embedded and indexed in one go; what comes before a failure is in the index."""

Say = Callable[[str], None]

_OPEN = memory_items.c.closed_at == ""
_OPEN_IDS = sa.select(memory_items.c.item_id).where(_OPEN)
_OPEN_COUNT = sa.select(sa.func.count()).select_from(memory_items).where(_OPEN)
_THESE = all_items().where(memory_items.c.item_id.in_(sa.bindparam("ids", expanding=True)))


@dataclass
class VectorIndex:
    """Everything in it can be deleted and comes back from the items. Each method may raise a `Failure` of `Vectors`."""

    database: Database
    embedder: Embedder
    chroma: Chroma
    _in_step: frozenset[str] | None = None
    _whole_at: lexical.Writing | None = None

    @property
    def name(self) -> str:
        """That of its embedder."""
        return self.embedder.name

    def nearest(self, query: str) -> list[tuple[str, float]]:
        """The ids of the items nearest in meaning, with their likeness."""
        return self.chroma.nearest(self.embedder.embed([query])[0], NEAREST)

    def fill(self, say: Say = lambda _: None, most: int | None = None) -> int:
        """Bring it up to the open items; returns how many vectors came or went.

        A portion that is in stays in, whatever becomes of the next: whoever is killed goes on there. Where more than
        `most` lack, none is added.
        """
        with self.database.read() as connection:
            wanted = open_items(connection)
        held = self.chroma.count()
        if most is not None and len(wanted) - held > most:
            return 0
        lacking, strange = self._differing(wanted, held)
        self.chroma.delete(sorted(strange))
        if most is not None and len(lacking) > most:
            return len(strange)
        for start in range(0, len(lacking), TOGETHER):
            self._add(lacking[start : start + TOGETHER])
            reach("indexed")
            say(f"{min(start + TOGETHER, len(lacking))} of {len(lacking)} are in the index.")
        self._in_step = wanted
        return len(lacking) + len(strange)

    def is_in_step(self, wanted: frozenset[str]) -> bool:
        """Whether it was brought up to all of these, as far as this process knows."""
        return self._in_step is not None and wanted <= self._in_step

    def forget_step(self) -> None:
        """Let the next `fill` compare every id, whatever was compared before."""
        self._in_step = self._whole_at = None

    def missing(self) -> int:
        """How many open items are not in it, or are in it no longer rightly."""
        with self.database.read() as connection:
            return abs((connection.scalar(_OPEN_COUNT) or 0) - self.chroma.count())

    def still_missing(self) -> int:
        """`missing`, asked anew only where items have changed since it found nothing missing: each search says it."""
        with self.database.read() as connection:
            written = lexical.writing(connection)
        if written is not None and written == self._whole_at:
            return 0
        missing = self.missing()
        self._whole_at = written if not missing else None
        return missing

    def not_found_by_themselves(self, item_ids: Sequence[str]) -> list[str]:
        """Of the items those that are in it and not nearest to their own vector; equal vectors share a place."""
        lost: list[str] = []
        for item_id, vector in self.chroma.vectors(item_ids).items():
            near = self.chroma.nearest(vector, NEAREST_TO_ITSELF)
            best = max((likeness for _, likeness in near), default=0.0)
            if dict(near).get(item_id, best if len(near) == NEAREST_TO_ITSELF else -1.0) < best - EQUAL or best < 0.99:
                lost.append(item_id)
        return lost

    def drop(self) -> None:
        """Delete its collection; the next use makes it again, empty."""
        self.chroma.drop()
        self.forget_step()

    def disconnect(self) -> None:
        """Close the connections to the server and the embedder; the next use opens them again."""
        self.chroma.disconnect()
        self.embedder.disconnect()

    def _differing(self, wanted: frozenset[str], held: int) -> tuple[list[str], AbstractSet[str]]:
        """What it lacks, and what it has and should not: of what changed since it was in step, if that explains all."""
        if self._in_step is not None:
            there = self.chroma.which(sorted(wanted ^ self._in_step))
            lacking, strange = wanted - self._in_step - there, (self._in_step - wanted) & there
            if held + len(lacking) - len(strange) == len(wanted):
                return sorted(lacking), strange
        whole = self.chroma.ids()
        return sorted(wanted - whole), whole - wanted

    def _add(self, item_ids: Sequence[str]) -> None:
        with self.database.read() as connection:
            items = read_items(connection, _THESE, ids=item_ids)
        vectors = self.embedder.embed([f"{item.title}\n{item.text}" for item in items])
        self.chroma.upsert({item.item_id: vector for item, vector in zip(items, vectors, strict=True)})


def open_items(connection: Connection) -> frozenset[str]:
    """The ids of what is believed."""
    return frozenset(connection.scalars(_OPEN_IDS))
