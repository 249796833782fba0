"""Fixtures that every test may ask for: a database on either store, a clock, a home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.clock import ManualClock
from aios.database.engine import Database
from tests.invariants import check_promises
from tests.peers.aimock import Aimock, AimockMissing, start_aimock
from tests.peers.chroma import ChromaPeer, start_chroma
from tests.peers.llama import Llama, LlamaMissing, start_llama
from tests.peers.postgres import PostgresMissing, PostgresServer, start_postgres
from tests.tables import create_tables


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, so that a mistake shows early; the order is otherwise kept."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real Postgres server, started once for the session; skips with the reason where there is none."""
    try:
        server = start_postgres()
    except PostgresMissing as missing:
        pytest.skip(f"Postgres: {missing}")
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty Postgres database that is gone after the test."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; the test runs once on each store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'aios.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    """A database with every table; the promises are checked on it after the test."""
    database = Database(database_url)
    try:
        create_tables(database)
        yield database
        if request.node.get_closest_marker("breaks_promises") is None:
            check_promises(database)
    finally:
        database.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty `AIOS_HOME`."""
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


@pytest.fixture(scope="session")
def aimock_server() -> Iterator[Aimock]:
    """A real OpenAI-compatible server, started once for the session; skips with the reason where there is none."""
    try:
        server = start_aimock()
    except AimockMissing as missing:
        pytest.skip(f"aimock: {missing}")
    yield server
    server.stop()


@pytest.fixture
def aimock(aimock_server: Aimock) -> Iterator[Aimock]:
    """The OpenAI-compatible server, knowing no answers yet."""
    aimock_server.reset()
    yield aimock_server
    aimock_server.reset()


@pytest.fixture(scope="session")
def chroma() -> Iterator[ChromaPeer]:
    """A real Chroma server; a test that stops it starts it again."""
    peer = start_chroma()
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def llama() -> Iterator[Llama]:
    """A real llama.cpp server with a tiny random model; skips with the reason where there is none."""
    try:
        server = start_llama()
    except LlamaMissing as missing:
        pytest.skip(f"llama.cpp: {missing}")
    yield server
    server.stop()
