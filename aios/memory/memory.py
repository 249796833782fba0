"""`Memory`: add what is known, find it again, and put together what an agent reads."""

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.cases import Case
from aios.clock import Clock, to_text
from aios.errors import AiosError, BudgetExceeded, Conflict
from aios.events.catalog import IncomingMessage
from aios.events.log import EventLog
from aios.memory import lexical
from aios.memory.asked import Asked
from aios.memory.context import BUDGET_TOKENS, ContextSnapshot, Piece
from aios.memory.contexts import Contexts
from aios.memory.documents import DocumentResult, Documents
from aios.memory.item import Item, all_items, get_item, read_items
from aios.memory.known import Known, known
from aios.memory.mending import index_words, mend_words, rightly_indexed
from aios.memory.openai_embedder import Terms
from aios.memory.recalled import Recall, Recalled
from aios.memory.searching import search
from aios.memory.tables import memory_items
from aios.memory.told import Told, tell
from aios.memory.vectors import Failure, Vectors
from aios.memory.versions import Version, correct, retract, versions
from aios.settings import Settings

EARLIER = "What was believed earlier is found by words alone."

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
        self.contexts = Contexts(log, self._for_context, settings.aios_embeddings)
        self._followers: list[Callable[[Connection, Item], None]] = []
        self._sync_again = clock.now()
        self._words_made = False

    # --- learning ------------------------------------------------------------------------------------------------

    def ingest_document(self, name: str, data: bytes) -> DocumentResult:
        """Learn a document (md, txt, html, pdf, docx, eml); a changed one supersedes its pieces, the same is silent."""
        self._make_words()
        result = self.documents.ingest(name, data)
        self._sync_vectors()
        return result

    def ingest_folder(self, folder: Path) -> list[DocumentResult]:
        """Learn every document under the folder, and close those whose file is gone; cheap where nothing changed."""
        self._make_words()
        results = self.documents.ingest_folder(folder)
        self._sync_vectors()
        return results

    def add(self, *, kind: str, title: str, text: str, subject: str = "business", source: str = "owner") -> str:
        """Learn one thing; `subject` is a contact's id, or `business`. Returns the item's id."""
        return self.add_all([Told(kind=kind, title=title, text=text, subject=subject, source=source)])[0]

    def add_all(self, told: Sequence[Told]) -> list[str]:
        """Learn many things at once, all or none: the turns of a conversation, say. Returns their ids."""
        self._make_words()
        with self.log.database.write() as tx:
            ids = tell(tx, self.log, told)
        self._sync_vectors()
        return ids

    def correct(self, item_id: str, *, text: str, title: str = "", reason: str, actor: str) -> str:
        """Believe this instead; the old version stays readable. Returns the id of the new one.

        Source, subject, kind and validity stay. `Conflict` where the item is closed, a fact, or a document's piece.
        """
        self._make_words()
        with self.log.database.write() as tx:
            item = get_item(tx, item_id)
            if "predicate" in item.attributes:
                raise Conflict(f"{item_id} is a fact.", "Tell what is so with `aios memory fact`, or retract it.")
            new = correct(tx, self.log, item, replace(item, text=text, title=title or item.title), reason, actor)
        self._sync_vectors()
        return new

    def retract(self, item_id: str, reason: str, actor: str) -> None:
        """No longer believe one thing; it stays readable as closed, and is found no more."""
        with self.changing() as tx:
            item = get_item(tx, item_id)
            retract(tx, self.log, item, reason, actor)
            for follow in self._followers:
                follow(tx, item)

    def close(self, item_id: str, reason: str) -> None:
        """`retract`, by the owner."""
        self.retract(item_id, reason, "owner")

    def on_retracted(self, follow: Callable[[Connection, Item], None]) -> None:
        """Have something done in the transaction in which an item is retracted."""
        self._followers.append(follow)

    def make_words(self, tx: Connection) -> None:
        """Fill an empty word index before items change in a transaction that somebody else began."""
        if not self._words_made and lexical.exists(tx) and not lexical.is_made(tx):
            index_words(tx)

    @contextmanager
    def changing(self) -> Generator[Connection]:
        """A transaction in which items change; the indexes follow."""
        self._make_words()
        with self.log.database.write() as tx:
            yield tx
        self._sync_vectors()

    # --- finding -------------------------------------------------------------------------------------------------

    def recall(
        self, query: str, *, k: int = 8, subjects: Sequence[str] = (), kinds: Sequence[str] = ()
    ) -> list[Recalled]:
        """The `k` items that fit the query best, by words and, where an embedder is there, by meaning."""
        return list(self.search(query, k=k, subjects=subjects, kinds=kinds).found)

    def search(
        self,
        query: str,
        *,
        k: int = 8,
        subjects: Sequence[str] = (),
        kinds: Sequence[str] = (),
        at: str = "",
        known_at: str = "",
        about: Collection[str] = (),
        by_use: bool = True,
    ) -> Recall:
        """`recall`, with a notice of what could not be searched.

        `at` is the moment at which items must be valid, `known_at` the one at which they must have been believed.
        What is `about` the case's contact, new, or (`by_use`) of use before comes a little earlier.
        """
        self._make_words()
        near, notice = ([], EARLIER) if known_at else self._nearest(query)
        now = at or to_text(self.clock.now())
        asked = Asked(query, k, now, subjects, kinds, known_at, about, by_use)
        with self.log.database.read() as connection:
            found = search(connection, asked, near)
        return replace(found, notice=f"{found.notice} {notice}".strip())

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
        return get_item(connection, item_id)

    def show(self, item_id: str) -> Known:
        """The item with its version, sources, confidence and uses."""
        with self.log.database.read() as connection:
            return known(connection, get_item(connection, item_id))

    def history(self, item_id: str) -> list[Version]:
        """Every version of an item, by the id of any of them, oldest first: what it said, who changed it, and why."""
        with self.log.database.read() as connection:
            return versions(connection, self.log, get_item(connection, item_id))

    def context_for(
        self,
        case: Case,
        contact_id: str,
        message: IncomingMessage,
        budget_tokens: int = BUDGET_TOKENS,
        policies: Sequence[Piece] = (),
    ) -> ContextSnapshot:
        """What an agent reads to answer the message: what we offer that fits it, and our history with the contact.

        Kept for a while and given again until one of its sources changes: see `Contexts`.
        """
        return self.contexts.give(case.id, contact_id, message, budget_tokens, policies)

    # --- the indexes ---------------------------------------------------------------------------------------------

    def reindex(self) -> int:
        """Delete both indexes and make them again from the items; returns how many items are in them.

        Raises where an embedder is set and it or the vector index does not answer, or a budget would be passed; the
        lexical one is whole by then.
        """
        with self.log.database.write() as tx:
            number = index_words(tx)
        self.vectors.remake()
        return number

    def mend(self) -> int:
        """Compare both indexes with the items one by one and put right what differs; returns how much did.

        Raises where `reindex` does.
        """
        with self.log.database.write() as tx:
            words = mend_words(tx) if lexical.exists(tx) else index_words(tx)
        self.vectors.forget_step()
        return words + self.vectors.sync()

    def index_by_meaning(self, say: Callable[[str], None] = lambda _: None) -> int:
        """Bring the vector index up to the items, in portions that stay; returns how many vectors came or went.

        Raises where `reindex` does.
        """
        self.vectors.forget_step()
        return self.vectors.sync(say)

    def check(self) -> IndexState:
        """How the indexes stand to the items, for the health page and the doctor."""
        with self.log.database.read() as connection:
            query = sa.select(sa.func.count()).select_from(memory_items).where(memory_items.c.closed_at == "")
            items, indexed = connection.scalar(query) or 0, rightly_indexed(connection)
        try:
            embedder = self.vectors.embedder
            missing, change = self.vectors.missing(), self.vectors.change()
            return IndexState(items, indexed, embedder.name if embedder else "lexical", missing, change)
        except Failure as error:
            return IndexState(items, indexed, self.settings.aios_embeddings, 0, str(error))

    def disconnect(self) -> None:
        """Close the connections to the outside; the next use opens them again."""
        self.vectors.disconnect()

    def _for_context(self, query: str, *, k: int, subjects: Sequence[str], at: str) -> Recall:
        return self.search(query, k=k, subjects=subjects, at=at, by_use=False)

    def _make_words(self) -> None:
        """Fill the word index where a newer version of aios has found items and no index; looked at once."""
        if self._words_made:
            return
        with self.log.database.read() as connection:
            made = not lexical.exists(connection) or lexical.is_made(connection)
        if not made:
            with self.log.database.write() as tx:
                self.make_words(tx)
        self._words_made = True

    def _nearest(self, query: str) -> tuple[list[tuple[str, float]], str]:
        try:
            index = self.vectors.serving() if query.strip() else None
            if index is None:
                return [], ""
            near = index.nearest(query)
            lacking = index.still_missing() if near else index.missing()  # an index may be lost whatever is written
        except Failure as error:
            return [], _notice(error)
        said = f"{lacking} items are not in the vector index yet; the asset `semantic_index` adds them."
        return near, said if lacking else ""

    def _sync_vectors(self) -> None:
        if self.clock.now() < self._sync_again:
            return
        try:
            self.vectors.follow()
        except Failure:  # `check` counts what lacks, each recall's notice says so, and the next sync adds it
            self._sync_again = self.clock.now() + SYNC_PAUSE


def _notice(error: AiosError) -> str:
    if isinstance(error, BudgetExceeded):  # its message has figures, and what is kept in a snapshot must not change
        return f"Recall went by words alone, to keep to the budget. {error.remedy}"
    return f"Recall went by words alone. {error}"
