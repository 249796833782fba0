"""The tables of memory: the items, which follow from the log, their word index, and embeddings already paid for."""

import sqlalchemy as sa

from aios.database.schema import JsonText, metadata, moment

FACT = "fact"
"""The kind of the items that say one thing of one subject."""

SUMMARY = "summary"
"""The kind of the items that tell what happened so far with a contact."""

LINKS = ("before", "after", "second_before", "second_after")
"""The neighbours of a piece, in the order in which they count."""

memory_items = sa.Table(
    "memory_items",
    metadata,
    sa.Column("item_id", sa.String(60), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("blob", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(60), nullable=False),
    sa.Column("source", sa.String(500), nullable=False, index=True),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.String(27), nullable=False),
    sa.Column("valid_to", sa.String(27), nullable=False),
    sa.Column("attributes", JsonText, nullable=False),
    moment("added_at"),
    sa.Column("added_by", sa.String(40), nullable=False),
    sa.Column("closed_at", sa.String(27), nullable=False, index=True),
    sa.Column("closed_reason", sa.Text, nullable=False),
    sa.Index("ix_memory_items_subject_closed_at", "subject", "closed_at"),
    sa.Index("ix_memory_items_kind_closed_at", "kind", "closed_at"),
)

memory_uses = sa.Table(
    "memory_uses",
    metadata,
    sa.Column("item_id", sa.String(60), primary_key=True),
    sa.Column("case_id", sa.String(60), primary_key=True),
    moment("used_at"),
)
"""Which items the contexts of which cases have held. Not in the log: the snapshots, which are kept, say it too."""

working_contexts = sa.Table(
    "working_contexts",
    metadata,
    sa.Column("case_id", sa.String(60), primary_key=True),
    sa.Column("marks", JsonText, nullable=False),
    sa.Column("snapshot", JsonText, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    moment("made_at"),
    sa.Column("served", sa.Integer, nullable=False),
    sa.Column("served_at", sa.String(27), nullable=False),
)
"""The newest context of each case, to be given again. A cache: what agents read is kept as artifacts.

The text is here and not among the contents, which an event must name, or forgetting a person would not find it.
"""

embeddings = sa.Table(
    "embeddings",
    metadata,
    sa.Column("embedder", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)
"""A cache, not a projection: it may be emptied at any time, and the embedder is asked again."""

memory_vectors = sa.Table(
    "memory_vectors",
    metadata,
    sa.Column("collection", sa.String(100), primary_key=True),
    sa.Column("embedder", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("directory", sa.Text, nullable=False),
)
"""One row: the collection of vectors that searches ask, and how its embedder is opened again."""

memory_lexical = sa.Table(
    "memory_lexical",
    metadata,
    sa.Column("item_id", sa.String(60), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("length", sa.Integer, nullable=False),
    *(sa.Column(link, sa.Integer, nullable=False) for link in LINKS),
    sa.Column("believed", sa.Boolean, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False, index=True),
    sa.Column("words", JsonText, nullable=False),
)
"""Each indexed piece: how long it is, the numbers of its neighbours (-1: none), its stems with their counts."""

memory_postings = sa.Table(
    "memory_postings",
    metadata,
    sa.Column("word", sa.String(60), primary_key=True),
    sa.Column("block", sa.Integer, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""Where each stem stands: pairs of a place in the block of numbers and a count, each of two bytes."""

memory_lexical_state = sa.Table(
    "memory_lexical_state",
    metadata,
    sa.Column("made", sa.String(60), primary_key=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("next_number", sa.Integer, nullable=False),
)
"""One row: which making of the index this is, and how often it was written to."""

LEXICAL_TABLES = (memory_lexical, memory_postings, memory_lexical_state)
"""They follow from the items and may be deleted; `Memory.reindex` makes them again."""
