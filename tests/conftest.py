"""Fixtures that every test may ask for: a database on either store, a clock, a home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from xdist.remote import Producer

from aios.clock import ManualClock
from aios.database.engine import Database
from tests.invariants import check_promises
from tests.peers.aimock import Aimock, AimockMissing, start_aimock
from tests.peers.chroma import ChromaPeer, start_chroma
from tests.peers.llama import Llama, LlamaMissing, start_llama
from tests.peers.postgres import PostgresMissing, PostgresServer, start_postgres
from tests.scratch import make_scratch, remove_at_exit
from tests.sharing import Sharing, order
from tests.tables import create_tables, every_table, sqlite_with_tables

# The same examples every time, so that a change is judged by what it changes; `make explore` looks for new ones.
# No property depends on how fast the machine is.
settings.register_profile("aios", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "explore",
    settings.get_profile("aios"),
    derandomize=False,
    database=DirectoryBasedExampleDatabase(".hypothesis/examples"),
    print_blob=True,
)
settings.load_profile("aios")


SCRATCH = pytest.StashKey[Path]()
GOOD = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary files in memory; workers inherit it."""
    if folder := make_scratch():
        config.stash[SCRATCH] = folder


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What a run without a mistake leaves is of no use; what others leave, the next run removes."""
    session.config.stash[GOOD] = exitstatus == 0


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(GOOD, False) and (folder := config.stash.get(SCRATCH, None)):
        remove_at_exit(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=order)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


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
def empty_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a Postgres database without any table."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def spares() -> list[str]:
    """The URLs of Postgres databases with every table and no row, which later tests take over."""
    return []


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres: PostgresServer, spares: list[str]) -> Iterator[str]:
    """The URL of a Postgres database with every table and no row."""
    url = spares.pop() if spares else postgres.create_database(with_tables=True)
    yield url
    if request.node.get_closest_marker("breaks_promises") is None and postgres.empty(url) == every_table():
        spares.append(url)
    else:
        postgres.drop_database(url)


@pytest.fixture(scope="session")
def sqlite_file() -> Path:
    """A SQLite database with every table, to be copied."""
    return sqlite_with_tables()


@pytest.fixture(scope="session", autouse=True)
def ready_made_tables() -> Iterator[None]:
    """Whoever opens a new workspace in this process finds its tables made; `test_migrations` makes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aios.kernel.migrate", create_tables)
        yield


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """A look into a mailbox ends with what is in it, however slow the machine; tests of the patience set their own."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("aios.contacts.book", "aios.intake.inbox", "aios.intake.mailbox", "aios.intake.payments"):
            patch.setattr(f"{module}.PATIENCE_SECONDS", 600.0)
        yield


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any row; the test runs once on each store."""
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
