"""`Memory`: add what is known, find it again, and put together what an agent reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Case
from aios.clock import Clock, to_text
from aios.database.blobs import put_bytes
from aios.errors import AiosError, BudgetExceeded, Conflict, InvalidInput, NotFound
from aios.events.catalog import IncomingMessage, MemoryAdded, MemoryClosed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.ids import new_id
from aios.memory import lexical
from aios.memory.context import BUDGET_TOKENS, ContextSnapshot
from aios.memory.documents import DocumentResult, Documents
from aios.memory.fusion import EACH, fuse
from aios.memory.item import Item, all_items, believed, read_items, with_neighbours
from aios.memory.openai_embedder import Terms
from aios.memory.recalled import Recall, Recalled, recalled
from aios.memory.tables import memory_items
from aios.memory.vectors import Failure, Vectors
from aios.memory.working import build_context
from aios.settings import Settings
from aios.text import clean

SYNC_PAUSE = timedelta(seconds=60)
"""How long the vector index is left alone after it, or the embedder, has failed, or a budget is used up."""


@dataclass(frozen=True)
class IndexState:
    """How the indexes stand to the items: how many are open, indexed by words, and not right in the vector index."""

    items: int
    lexical: int
    embedder: str
    vectors_missing: int
    notice: str = ""

    @property
    def ok(self) -> bool:
        """Whether recall sees everything that is believed."""
        return self.items == self.lexical and not self.vectors_missing and not self.notice


class Memory:
    """What the business knows. Items follow from the log; both indexes follow from the items."""

    def __init__(self, settings: Settings, log: EventLog, clock: Clock, terms: Terms) -> None:
        self.settings = settings
        self.log = log
        self.clock = clock
        self.documents = Documents(log)
        self.vectors = Vectors(settings, log.database, terms)
        self._sync_again = clock.now()

    # --- learning ------------------------------------------------------------------------------------------------

    def ingest_document(self, name: str, data: bytes) -> DocumentResult:
        """Learn a document (md, txt, html, pdf, eml); a changed one supersedes its pieces, the same is silent."""
        result = self.documents.ingest(name, data)
        self._sync_vectors()
        return result

    def ingest_folder(self, folder: Path) -> list[DocumentResult]:
        """Learn every document under the folder, and close those whose file is gone; cheap where nothing changed."""
        results = self.documents.ingest_folder(folder)
        self._sync_vectors()
        return results

    def add(self, *, kind: str, title: str, text: str, subject: str = "business", source: str = "owner") -> str:
        """Learn one thing; `subject` is a contact's id, or `business`. Returns the item's id."""
        text = clean(text).strip()
        if not text:
            raise InvalidInput("There is nothing to remember.", "Give it a text.")
        if kind == "document":
            raise InvalidInput("A document comes as a file.", "Add it with `aios memory add FILE`, or choose a kind.")
        with self.log.database.write() as tx:
            added = MemoryAdded(
                item_id=new_id("mem", self.clock.now()),
                kind=clean(kind, 40),
                title=clean(title, 300),
                blob=put_bytes(tx, text.encode(), "text/markdown"),
                subject=subject,
                source=clean(source, 400),
            )
            self.log.append(tx, NewEvent(f"memory/{added.item_id}", added, actor="owner"))
            lexical.write(tx, with_neighbours(_by_id(tx, [added.item_id])))
        self._sync_vectors()
        return added.item_id

    def close(self, item_id: str, reason: str) -> None:
        """No longer believe one thing; it stays readable as closed, and is found no more."""
        with self.log.database.write() as tx:
            item = self.get(tx, item_id)
            if item.kind == "document":
                raise Conflict(f"{item_id} is part of {item.source}.", "Change or remove the document's file instead.")
            if item.closed_at:
                raise Conflict(f"{item_id} is closed already.", "List what is believed with `aios memory search`.")
            closed = MemoryClosed(item_id=item_id, reason=clean(reason, 500))
            self.log.append(tx, NewEvent(f"memory/{item_id}", closed, actor="owner"))
            lexical.remove(tx, [item_id])
        self._sync_vectors()

    # --- finding -------------------------------------------------------------------------------------------------

    def recall(
        self, query: str, *, k: int = 8, subjects: Sequence[str] = (), kinds: Sequence[str] = ()
    ) -> list[Recalled]:
        """The `k` items that fit the query best, by words and, where an embedder is there, by meaning."""
        return list(self.search(query, k=k, subjects=subjects, kinds=kinds).found)

    def search(
        self, query: str, *, k: int = 8, subjects: Sequence[str] = (), kinds: Sequence[str] = (), at: str = ""
    ) -> Recall:
        """`recall`, with a notice of what could not be searched; `at` is the moment at which items must be valid."""
        near, notice = self._nearest(query)
        among = believed(at or to_text(self.clock.now()), subjects=subjects, kinds=kinds)
        with self.log.database.read() as connection:
            if not lexical.exists(connection):
                notice = f"The word index is gone; `aios rebuild` makes it again. {notice}".strip()
            words = lexical.search(connection, query, among, EACH)
            allowed = set(connection.scalars(among.where(memory_items.c.item_id.in_([one for one, _ in near]))))
            ranked = fuse(words, [pair for pair in near if pair[0] in allowed])[:k]
            items = {item.item_id: item for item in _by_id(connection, [one.item_id for one in ranked])}
        return Recall(tuple(recalled(items[one.item_id], one, query) for one in ranked), notice)

    def items(
        self, *, kinds: Sequence[str] = (), subjects: Sequence[str] = (), closed: bool = False, limit: int = 500
    ) -> list[Item]:
        """What is believed, by source and place; with `closed`, also what no longer is."""
        query = all_items().limit(limit)
        if not closed:
            query = query.where(memory_items.c.closed_at == "")
        if kinds:
            query = query.where(memory_items.c.kind.in_(kinds))
        if subjects:
            query = query.where(memory_items.c.subject.in_(subjects))
        with self.log.database.read() as connection:
            return read_items(connection, query)

    def get(self, connection: Connection, item_id: str) -> Item:
        """The item of that id; `NotFound` where there is none."""
        found = _by_id(connection, [item_id])
        if not found:
            raise NotFound(f"There is no memory {item_id}.", "Find it with `aios memory search`.")
        return found[0]

    def context_for(
        self, case: Case, contact_id: str, message: IncomingMessage, budget_tokens: int = BUDGET_TOKENS
    ) -> ContextSnapshot:
        """What an agent reads to answer the message: what we offer that fits it, and our history with the contact."""
        return build_context(
            self.log, self.search, case_id=case.id, contact_id=contact_id, message=message, budget_tokens=budget_tokens
        )

    # --- the indexes ---------------------------------------------------------------------------------------------

    def reindex(self) -> int:
        """Delete both indexes and make them again from the items; returns how many items are in them.

        Raises where an embedder is set and it or the vector index does not answer, or a budget would be passed; the
        lexical one is whole by then.
        """
        with self.log.database.write() as tx:
            items = read_items(tx, all_items().where(memory_items.c.closed_at == ""))
            lexical.clear(tx)
            lexical.write(tx, with_neighbours(items))
        self.vectors.drop()
        self.vectors.sync()
        return len(items)

    def check(self) -> IndexState:
        """How the indexes stand to the items, for the health page and the doctor."""
        with self.log.database.read() as connection:
            query = sa.select(sa.func.count()).select_from(memory_items).where(memory_items.c.closed_at == "")
            items, indexed = connection.scalar(query) or 0, lexical.count(connection)
        try:
            embedder = self.vectors.embedder
            return IndexState(items, indexed, embedder.name if embedder else "lexical", self.vectors.missing())
        except Failure as error:
            return IndexState(items, indexed, self.settings.aios_embeddings, 0, str(error))

    def disconnect(self) -> None:
        """Close the connections to the outside; the next use opens them again."""
        self.vectors.disconnect()

    def _nearest(self, query: str) -> tuple[list[tuple[str, float]], str]:
        try:
            near = self.vectors.nearest(query)
            lacking = self.vectors.missing()
        except Failure as error:
            return [], _notice(error)
        return near, f"{lacking} items are not in the vector index yet; `aios rebuild` adds them." if lacking else ""

    def _sync_vectors(self) -> None:
        if self.clock.now() < self._sync_again:
            return
        try:
            self.vectors.sync()
        except Failure:  # `check` counts what lacks, each recall's notice says so, and the next sync adds it
            self._sync_again = self.clock.now() + SYNC_PAUSE


def _notice(error: AiosError) -> str:
    if isinstance(error, BudgetExceeded):  # its message has figures, and what is kept in a snapshot must not change
        return f"Recall went by words alone, to keep to the budget. {error.remedy}"
    return f"Recall went by words alone. {error}"


def _by_id(connection: Connection, item_ids: Sequence[str]) -> list[Item]:
    return read_items(connection, all_items().where(memory_items.c.item_id.in_(item_ids)))
