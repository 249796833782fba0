"""A Postgres server for a benchmark: durable as it comes, not hurried as the tests' is."""

from collections.abc import Generator
from contextlib import contextmanager

from tests.peers.postgres import PostgresMissing, start_postgres

__all__ = ["PostgresMissing", "durable_postgres"]


@contextmanager
def durable_postgres() -> Generator[str]:
    """The URL of an empty database on a server of its own; `PostgresMissing` where there is none to start."""
    server = start_postgres(("max_connections=200",))
    try:
        yield server.create_database()
    finally:
        server.stop()
