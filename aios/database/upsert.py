"""An insert that may meet a row that is there: each store has its own, with the same `on_conflict_…` methods."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection


def upsert(tx: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """The insert of the store that the transaction is on; say what a conflict does, then execute it."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)
