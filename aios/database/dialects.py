"""How SQLAlchemy speaks to each store: a statement is compiled once for every database of a kind.

SQLAlchemy keeps what it has compiled per engine and per dialect object, so a process that opens one database after
another (a rehearsal, an import, a test) would compile every statement anew, which takes longer than running it.
"""

from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

SQLITE, POSTGRES = "sqlite+aios", "postgresql+aios"

COMPILED: LRUCache[Any, Any] = LRUCache(2000)
"""What was compiled, by dialect and statement; SQLAlchemy's own keeps 500 per engine."""


class _Alike:
    """A dialect that equals each other one of its class that speaks to a server of the same version and manners."""

    server_version_info: Any
    _backslash_escapes: bool = False

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._manners == other._manners  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(type(self))

    @property
    def _manners(self) -> tuple[Any, bool]:
        return self.server_version_info, self._backslash_escapes


class Sqlite(_Alike, SQLiteDialect_pysqlite):
    """SQLite, by the driver that comes with Python."""

    supports_statement_cache = True


class Postgres(_Alike, PGDialect_psycopg2):
    """Postgres, by psycopg2."""

    supports_statement_cache = True


def register() -> None:
    """Make them known to SQLAlchemy under their names."""
    registry.register(SQLITE.replace("+", "."), __name__, Sqlite.__name__)
    registry.register(POSTGRES.replace("+", "."), __name__, Postgres.__name__)
