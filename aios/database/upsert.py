"""An insert that may meet a row that is there: each store has its own, with the same `on_conflict_…` methods."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.database.prepared import Prepared

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def upsert(tx: Connection, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """The insert of the store that the transaction is on; say what a conflict does, then execute it."""
    return _insert(tx.dialect.name, table)


def insert_or_renew(tx: Connection, table: sa.Table, *kept: str) -> sa.Insert:
    """The insert that renews a row whose key is there, but for the columns `kept`; built once per table and store."""
    return _insert_or_renew(tx.dialect.name, table, kept)


@cache
def _insert_or_renew(dialect: str, table: sa.Table, kept: tuple[str, ...]) -> sa.Insert:
    insert = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    renewed = [column.name for column in table.columns if column.name not in (*keys, *kept)]
    return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in renewed})


def insert_missing(tx: Connection, table: sa.Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Insert a row or several; one whose key is there already is left as it is."""
    _insert_missing(tx.dialect.name, table).write(tx, rows)


@cache
def _insert_missing(dialect: str, table: sa.Table) -> Prepared:
    return Prepared(_insert(dialect, table).on_conflict_do_nothing())


def _insert(dialect: str, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """The store's own insert; the dialect of Postgres costs a tenth of a second to import where it is not in use."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
