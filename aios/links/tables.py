"""The table of links, which follows from the log."""

import sqlalchemy as sa

from aios.database.schema import metadata

links = sa.Table(
    "links",
    metadata,
    sa.Column("from_kind", sa.String(20), primary_key=True),
    sa.Column("from_id", sa.String(500), primary_key=True),
    sa.Column("to_kind", sa.String(20), primary_key=True),
    sa.Column("to_id", sa.String(500), primary_key=True),
    sa.Column("relation", sa.String(20), primary_key=True),
    sa.Column("case_id", sa.String(60), nullable=False, index=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Index("ix_links_from_kind_position", "from_kind", "position"),
    sa.Index("ix_links_to_kind_to_id", "to_kind", "to_id"),
)
"""One row says that the thing `from` influenced the thing `to`, and how; `position` is the event's that says so.

An artifact's id is its case, step and version, a document's its source; the others go by their own ids.
"""
