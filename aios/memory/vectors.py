"""`Vectors`: the items by meaning, where an embedder is there: what to embed, what to keep, what the index lacks."""

from collections.abc import Callable, Sequence
from functools import cached_property

import sqlalchemy as sa

from aios.database.engine import Database
from aios.errors import BudgetExceeded, HardFailure, Misconfigured, SoftFailure
from aios.events.tables import events
from aios.faults import reach
from aios.ids import digest
from aios.memory.chroma import Chroma
from aios.memory.embedders import Embedder, choose_embedder
from aios.memory.item import all_items, read_items
from aios.memory.openai_embedder import Terms
from aios.memory.tables import memory_items
from aios.settings import Settings

NEAREST = 200
"""How many neighbours are asked for; filters on kind, subject and validity then apply in the database."""

NEAREST_TO_ITSELF, EQUAL = 10, 1e-4
"""How many are looked at when an item is looked up by itself; likenesses that differ by no more are the same."""

TOGETHER = 128
"""Items embedded and indexed in one go; what comes before a failure is in the index."""

Failure = (SoftFailure, HardFailure, Misconfigured, BudgetExceeded)
"""What keeps meaning out of recall for now; words still work."""


class Vectors:
    """The vector index and its embedder. Everything in it can be deleted and comes back from the items."""

    def __init__(self, settings: Settings, database: Database, terms: Terms) -> None:
        self.settings = settings
        self.terms = terms
        self.database = database
        self._opened: Chroma | None = None
        self._in_step: frozenset[str] | None = None

    @cached_property
    def embedder(self) -> Embedder | None:
        """The embedder of the settings; None where recall goes by words alone. `Misconfigured` where it cannot be."""
        return choose_embedder(self.settings, self.terms)

    def nearest(self, query: str) -> list[tuple[str, float]]:
        """The ids of the items nearest in meaning; raises one of `Failure`."""
        if self.embedder is None or not query.strip() or (index := self._index()) is None:
            return []
        return index.nearest(self.embedder.embed([query])[0], NEAREST)

    def sync(self, say: Callable[[str], None] = lambda _: None) -> int:
        """Bring the index up to the open items; returns how many vectors were added or removed.

        A portion that is in stays in, whatever becomes of the next: whoever is killed goes on there.
        """
        if self.embedder is None or (index := self._index()) is None:
            return 0
        with self.database.read() as connection:
            query = sa.select(memory_items.c.item_id).where(memory_items.c.closed_at == "")
            wanted = frozenset(connection.scalars(query))
        if wanted == self._in_step and index.count() == len(wanted):
            return 0
        held = index.ids()
        index.delete(sorted(held - wanted))
        lacking = sorted(wanted - held)
        for start in range(0, len(lacking), TOGETHER):
            self._add(index, self.embedder, lacking[start : start + TOGETHER])
            reach("indexed")
            say(f"{min(start + TOGETHER, len(lacking))} of {len(lacking)} are in the index.")
        self._in_step = wanted
        return len(wanted ^ held)

    def take_out(self) -> int:
        """Take out of the index what is believed no longer, and ask the embedder nothing; returns how many."""
        if self.embedder is None or (index := self._index()) is None:
            return 0
        with self.database.read() as connection:
            wanted = set(connection.scalars(sa.select(memory_items.c.item_id).where(memory_items.c.closed_at == "")))
        strange = index.ids() - wanted
        index.delete(sorted(strange))
        return len(strange)

    def forget_step(self) -> None:
        """Let the next `sync` compare every id, whatever was compared before."""
        self._in_step = None

    def missing(self) -> int:
        """How many open items are not in the index, or are in it no longer rightly."""
        if self.embedder is None or (index := self._index()) is None:
            return 0
        with self.database.read() as connection:
            query = sa.select(sa.func.count()).select_from(memory_items).where(memory_items.c.closed_at == "")
            return abs((connection.scalar(query) or 0) - index.count())

    def held(self) -> set[str] | None:
        """The ids in the index; None where recall goes by words alone."""
        if self.embedder is None or (index := self._index()) is None:
            return None
        return index.ids()

    def not_found_by_themselves(self, item_ids: Sequence[str]) -> list[str]:
        """Of the items those that are in the index and not nearest to their own vector; equal vectors share a place."""
        if self.embedder is None or not item_ids or (index := self._index()) is None:
            return []
        lost: list[str] = []
        for item_id, vector in index.vectors(item_ids).items():
            near = index.nearest(vector, NEAREST_TO_ITSELF)
            best = max((likeness for _, likeness in near), default=0.0)
            if dict(near).get(item_id, best if len(near) == NEAREST_TO_ITSELF else -1.0) < best - EQUAL or best < 0.99:
                lost.append(item_id)
        return lost

    def drop(self) -> None:
        """Delete the index."""
        if self.embedder is not None and (index := self._index()) is not None:
            index.drop()
            self._in_step = None

    def disconnect(self) -> None:
        """Close the connections to the index and the embedder; the next use opens them again."""
        for part in (self._opened, self.__dict__.get("embedder")):
            if part is not None:
                part.disconnect()

    def _index(self) -> Chroma | None:
        if self._opened is None and self.embedder is not None:
            with self.database.read() as connection:
                first = connection.scalar(sa.select(events.c.hash).where(events.c.position == 1))
            if first is not None:  # the first event names this workspace among those that share a server
                url = self.settings.aios_chroma_url or f"http://127.0.0.1:{self.settings.aios_chroma_port}"
                self._opened = Chroma(url, f"aios-{first[:16]}-{digest(self.embedder.name)[:16]}")
        return self._opened

    def _add(self, index: Chroma, embedder: Embedder, item_ids: Sequence[str]) -> None:
        with self.database.read() as connection:
            items = read_items(connection, all_items().where(memory_items.c.item_id.in_(item_ids)))
        vectors = embedder.embed([f"{item.title}\n{item.text}" for item in items])
        index.upsert({item.item_id: vector for item, vector in zip(items, vectors, strict=True)})
