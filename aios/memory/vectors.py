"""`Vectors`: which vector index searches ask, and which one follows the embedder of the settings.

They differ after the embedder has changed: the former index answers until the new one holds every item.
"""

from collections.abc import Sequence
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.engine import Database
from aios.errors import BudgetExceeded, HardFailure, Misconfigured, SoftFailure
from aios.events.tables import events
from aios.faults import reach
from aios.ids import digest
from aios.memory.chroma import Chroma
from aios.memory.embedders import Embedder, choose_embedder, open_embedder
from aios.memory.openai_embedder import Terms
from aios.memory.tables import memory_vectors
from aios.memory.vector_index import TOGETHER, Say, VectorIndex, open_items
from aios.settings import Settings

FEW = TOGETHER
"""Items that whoever adds them embeds at once; more are left to the asset `semantic_index`."""

Failure = (SoftFailure, HardFailure, Misconfigured, BudgetExceeded)
"""What keeps meaning out of recall for now; words still work."""

_SERVING = sa.select(memory_vectors)
_FIRST_HASH = sa.select(events.c.hash).where(events.c.position == 1)


class Vectors:
    """The vector indexes and their embedders. Everything in them can be deleted and comes back from the items."""

    def __init__(self, settings: Settings, database: Database, terms: Terms) -> None:
        self.settings = settings
        self.terms = terms
        self.database = database
        self._opened: dict[str, VectorIndex] = {}

    @cached_property
    def embedder(self) -> Embedder | None:
        """The embedder of the settings; None where recall goes by words alone. `Misconfigured` where it cannot be."""
        return choose_embedder(self.settings, self.terms)

    def wanted(self) -> VectorIndex | None:
        """The index by the embedder of the settings; None where recall goes by words alone, or nothing happened yet."""
        prefix = self._prefix() if self.embedder is not None else ""
        return self._open(self.embedder) if self.embedder is not None and prefix else None

    def serving(self) -> VectorIndex | None:
        """The index that searches ask: that of the settings, or the former one until that is filled."""
        if (wanted := self.wanted()) is None:
            return None
        row = self._row()
        if row is not None and row.collection != wanted.chroma.collection:
            return self._former(row)
        if row is None and wanted.missing() > FEW:
            raise SoftFailure(
                "The vector index is not filled yet.",
                "The asset `semantic_index` fills it; `aios memory doctor --mend` does so now.",
            )
        return wanted

    def change(self) -> str:
        """That the embedder was changed, while the former index is the one to answer; empty otherwise."""
        row, wanted = self._row(), self.wanted()
        if row is None or wanted is None or _is(row, wanted):
            return ""
        return f"The index by {row.embedder} is kept until the asset `semantic_index` has filled that by {wanted.name}."

    def follow(self) -> None:
        """What whoever changes items does at once: a few vectors, in the index that answers and in that to come."""
        if (wanted := self.wanted()) is None:
            return
        row = self._row()
        if row is not None and row.collection != wanted.chroma.collection and (former := self._opened_again(row)):
            former.fill(most=FEW)
        wanted.fill(most=FEW)
        if not _is(row, wanted) and self._switch(wanted):
            self._drop_others(wanted)

    def sync(self, say: Say = lambda _: None) -> int:
        """Fill the index of the settings, however much it lacks; then it answers, and others are dropped.

        Returns how many vectors came or went. Killed at any moment, what answered before still does.
        """
        if (wanted := self.wanted()) is None:
            return 0
        changed = wanted.fill(say)
        reach("filled")
        while not _is(self._row(), wanted) and not self._switch(wanted):
            changed += wanted.fill(say)
        reach("switched")
        self._drop_others(wanted)
        return changed

    def remake(self) -> None:
        """Delete the index of the settings and fill it again."""
        if (wanted := self.wanted()) is not None:
            wanted.drop()
            self.sync()

    def take_out(self) -> int:
        """Take out of every index what is believed no longer, and ask no embedder; returns how many vectors."""
        if (self.embedder is None and self._row() is None) or not (prefix := self._prefix()):
            return 0
        with self.database.read() as connection:
            wanted = open_items(connection)
        return sum(self._take_out(name, wanted) for name in self._names(prefix))

    def forget_step(self) -> None:
        """Let the next `sync` compare every id, whatever was compared before."""
        for index in self._opened.values():
            index.forget_step()

    def missing(self) -> int:
        """How many open items are not in the index of the settings, or are in it no longer rightly."""
        return 0 if (wanted := self.wanted()) is None else wanted.missing()

    def is_behind(self) -> bool:
        """Whether `sync` has something to do."""
        if (wanted := self.wanted()) is None:
            return False
        return not _is(self._row(), wanted) or wanted.missing() > 0 or bool(self._others(wanted))

    def held(self) -> set[str] | None:
        """The ids in the index of the settings; None where recall goes by words alone."""
        return None if (wanted := self.wanted()) is None else wanted.chroma.ids()

    def not_found_by_themselves(self, item_ids: Sequence[str]) -> list[str]:
        """Of the items those that are in the index of the settings and not nearest to their own vector."""
        wanted = self.wanted()
        return wanted.not_found_by_themselves(item_ids) if wanted is not None and item_ids else []

    def disconnect(self) -> None:
        """Close the connections to the server and the embedders; the next use opens them again."""
        for index in self._opened.values():
            index.disconnect()
        for name in ("embedder", "_server"):
            if part := self.__dict__.get(name):
                part.disconnect()

    def _switch(self, index: VectorIndex) -> bool:
        """Let searches ask the index, if it holds all that is believed at this moment."""
        with self.database.write() as tx:
            if not index.is_in_step(open_items(tx)):
                return False
            _serve(tx, index)
            return True

    def _drop_others(self, kept: VectorIndex) -> None:
        for name in self._others(kept):
            self._server.remove(name)
            if index := self._opened.pop(name, None):
                index.disconnect()

    def _others(self, kept: VectorIndex) -> list[str]:
        return [name for name in self._names(self._prefix()) if name != kept.chroma.collection]

    def _take_out(self, name: str, wanted: frozenset[str]) -> int:
        collection = Chroma(self._url, name)
        try:
            strange = collection.ids() - wanted
            collection.delete(sorted(strange))
            return len(strange)
        finally:
            collection.disconnect()

    def _names(self, prefix: str) -> list[str]:
        """The collections of this workspace on the server."""
        return [name for name in self._server.names() if name.startswith(prefix)]

    @cached_property
    def _server(self) -> Chroma:
        return Chroma(self._url, "")

    def _former(self, row: sa.Row[tuple[str, ...]]) -> VectorIndex:
        if index := self._opened_again(row):
            return index
        raise Misconfigured(
            f"What answers so far was made by {row.embedder}, which is not there as it was.",
            "The asset `semantic_index` fills the index of the new embedder; `aios memory doctor --mend` does so now.",
        )

    def _opened_again(self, row: sa.Row[tuple[str, ...]]) -> VectorIndex | None:
        """The index that answers, where its embedder is still there and still makes the same vectors."""
        try:
            embedder = open_embedder(row.kind, row.directory, self.settings, self.terms)
        except Misconfigured:
            return None
        return self._open(embedder) if embedder.name == row.embedder else None

    def _open(self, embedder: Embedder) -> VectorIndex:
        name = f"{self._prefix()}{digest(embedder.name)[:16]}"
        if name not in self._opened:
            self._opened[name] = VectorIndex(self.database, embedder, Chroma(self._url, name))
        return self._opened[name]

    def _row(self) -> sa.Row[tuple[str, ...]] | None:
        with self.database.read() as connection:
            return connection.execute(_SERVING).first()

    def _prefix(self) -> str:
        """How the collections of this workspace begin, among those that share a server: by its first event."""
        if "_named" not in self.__dict__:
            with self.database.read() as connection:
                first = connection.scalar(_FIRST_HASH)
            if first is None:
                return ""
            self._named = f"aios-{first[:16]}-"
        return self._named

    @property
    def _url(self) -> str:
        return self.settings.aios_chroma_url or f"http://127.0.0.1:{self.settings.aios_chroma_port}"


def _is(row: sa.Row[tuple[str, ...]] | None, index: VectorIndex) -> bool:
    """Whether it is the index that answers."""
    return row is not None and row.collection == index.chroma.collection


def _serve(tx: Connection, index: VectorIndex) -> None:
    embedder = index.embedder
    row = {"collection": index.chroma.collection, "embedder": embedder.name}
    tx.execute(sa.delete(memory_vectors))
    tx.execute(sa.insert(memory_vectors), row | {"kind": embedder.kind, "directory": embedder.directory})
