"""`Vectors`: the items by meaning, where an embedder is there: what to embed, what to keep, what the index lacks."""

from collections.abc import Sequence
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from aios.database.engine import Database
from aios.errors import HardFailure, Misconfigured, SoftFailure
from aios.events.tables import events
from aios.ids import digest, digest_bytes
from aios.memory.chroma import Chroma
from aios.memory.embedders import Embedder, choose_embedder
from aios.memory.item import all_items, read_items
from aios.memory.tables import embeddings, memory_items
from aios.settings import Settings

NEAREST = 200
"""How many neighbours are asked for; filters on kind, subject and validity then apply in the database."""

Failure = (SoftFailure, HardFailure, Misconfigured)
"""What keeps meaning out of recall for now; words still work."""


class Vectors:
    """The vector index and its embedder. Everything in it can be deleted and comes back from the items."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self._opened: Chroma | None = None
        self._in_step: frozenset[str] | None = None

    @cached_property
    def embedder(self) -> Embedder | None:
        """The embedder of the settings; None where recall goes by words alone. `Misconfigured` where it cannot be."""
        return choose_embedder(self.settings)

    def nearest(self, query: str) -> list[tuple[str, float]]:
        """The ids of the items nearest in meaning; raises one of `Failure`."""
        if self.embedder is None or not query.strip() or (index := self._index()) is None:
            return []
        return index.nearest(self._embed(self.embedder, [query])[0], NEAREST)

    def sync(self) -> int:
        """Bring the index up to the open items; returns how many vectors were added or removed."""
        if self.embedder is None or (index := self._index()) is None:
            return 0
        with self.database.read() as connection:
            query = sa.select(memory_items.c.item_id).where(memory_items.c.closed_at == "")
            wanted = frozenset(connection.scalars(query))
        if wanted == self._in_step and index.count() == len(wanted):
            return 0
        held = index.ids()
        self._add(index, self.embedder, sorted(wanted - held))
        index.delete(sorted(held - wanted))
        self._in_step = wanted
        return len(wanted ^ held)

    def missing(self) -> int:
        """How many open items are not in the index, or are in it no longer rightly."""
        if self.embedder is None or (index := self._index()) is None:
            return 0
        with self.database.read() as connection:
            query = sa.select(sa.func.count()).select_from(memory_items).where(memory_items.c.closed_at == "")
            return abs((connection.scalar(query) or 0) - index.count())

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
        if not item_ids:
            return
        with self.database.read() as connection:
            items = read_items(connection, all_items().where(memory_items.c.item_id.in_(item_ids)))
        vectors = self._embed(embedder, [f"{item.title}\n{item.text}" for item in items])
        index.upsert({item.item_id: vector for item, vector in zip(items, vectors, strict=True)})

    def _embed(self, embedder: Embedder, texts: Sequence[str]) -> list[list[float]]:
        if not embedder.paid:
            return embedder.embed(texts)
        by_digest = {digest_bytes(text.encode()): text for text in texts}
        known = self._known(embedder, list(by_digest))
        if lacking := [key for key in by_digest if key not in known]:
            made = dict(zip(lacking, embedder.embed([by_digest[key] for key in lacking]), strict=True))
            self._keep(embedder, made)
            known |= made
        return [known[digest_bytes(text.encode())] for text in texts]

    def _known(self, embedder: Embedder, digests: list[str]) -> dict[str, list[float]]:
        import numpy as np

        query = sa.select(embeddings.c.digest, embeddings.c.vector)
        query = query.where(embeddings.c.embedder == embedder.name, embeddings.c.digest.in_(digests))
        with self.database.read() as connection:
            return {row.digest: np.frombuffer(row.vector, "<f4").tolist() for row in connection.execute(query)}

    def _keep(self, embedder: Embedder, vectors: dict[str, list[float]]) -> None:
        import numpy as np

        insert = sqlite.insert if self.database.is_sqlite else postgresql.insert
        rows: list[dict[str, object]] = []
        for key, vector in vectors.items():
            rows.append({"embedder": embedder.name, "digest": key, "vector": np.array(vector, "<f4").tobytes()})
        with self.database.write() as tx:
            tx.execute(insert(embeddings).on_conflict_do_nothing(), rows)
