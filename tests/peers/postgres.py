"""A real Postgres server in a temporary directory, owned by the test session."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg2

from aios.database.engine import Database
from tests.ports import free_port
from tests.tables import create_tables
from tests.waiting import until

DEBIAN = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class PostgresMissing(Exception):
    """There is no Postgres to start here; the message says why."""


@dataclass
class PostgresServer:
    """A running server. Each test takes a database of its own with `create_database`."""

    process: subprocess.Popen[bytes]
    directory: Path
    port: int

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://aios@127.0.0.1:{self.port}/{database}"

    def create_database(self, with_tables: bool = False) -> str:
        """The URL of a new database, empty or with every table of ours, as migrations made them once."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self._tables if with_tables else 'template1'}")
        return self.url(name)

    @cached_property
    def _tables(self) -> str:
        """The name of a database with every table, to be copied."""
        url = self.create_database()
        database = Database(url)
        create_tables(database)
        database.close()
        return url.rsplit("/", 1)[1]

    def drop_database(self, url: str) -> None:
        """Remove what `create_database` made, closing whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def empty(self, url: str) -> set[str]:
        """Delete every row of the database, closing whoever is still connected; returns the names of its tables."""
        connection = psycopg2.connect(url, connect_timeout=60)
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            tables = [name for (name,) in cursor.fetchall()]
            filling = [name for name in tables if name != "alembic_version"]
            cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in filling))
            if filled := ", ".join(f'"{name}"' for (name,) in cursor.fetchall()):
                cursor.execute(f"TRUNCATE {filled} RESTART IDENTITY CASCADE")
            return set(tables)
        finally:
            connection.close()

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        connection = psycopg2.connect(self.url(), connect_timeout=60)
        try:
            connection.autocommit = True
            connection.cursor().execute(statement)
        finally:
            connection.close()

    def stop(self) -> None:
        """End the server quickly and remove its files."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def start_postgres(options: Sequence[str] = FAST) -> PostgresServer:
    """Make a cluster and start it; raises `PostgresMissing` where it can't be done."""
    binaries, owner = _binaries(), _owner()
    directory = Path(tempfile.mkdtemp(prefix="aios-pg-"))
    as_owner: dict[str, Any] = {}
    if owner:
        shutil.chown(directory, owner)
        as_owner = {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": ()}
    data = directory / "data"
    initdb = [binaries / "initdb", "-D", data, "-U", "aios", "--auth=trust", "--encoding=UTF8", "--locale=C", "-N"]
    made = subprocess.run(initdb, capture_output=True, text=True, cwd=directory, **as_owner)
    if made.returncode != 0:
        shutil.rmtree(directory, ignore_errors=True)
        raise PostgresMissing(f"initdb failed: {made.stderr.strip()[-300:]}")
    port = free_port()
    command = [binaries / "postgres", "-D", data, "-k", directory, "-h", "127.0.0.1", "-p", str(port)]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *(part for option in options for part in ("-c", option))],
            stdout=log,
            stderr=log,
            cwd=directory,
            **as_owner,
        )
    server = PostgresServer(process, directory, port)
    try:
        until(lambda: _answers(server), what="Postgres to accept connections")
    except BaseException:
        server.stop()
        raise
    return server


def _answers(server: PostgresServer) -> bool:
    if server.process.poll() is not None:
        raise PostgresMissing(f"postgres ended: {(server.directory / 'log').read_text()[-300:]}")
    try:
        psycopg2.connect(server.url(), connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _binaries() -> Path:
    """The directory with `initdb` and `postgres`: Debian's newest, or the one on PATH."""
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda found: int(found.parent.parent.name))
    found = versions[-1] if versions else shutil.which("initdb")
    if found is None or not (directory := Path(found).resolve().parent).joinpath("postgres").exists():
        raise PostgresMissing("no initdb and postgres under /usr/lib/postgresql or on PATH; run tests/setup.sh")
    return directory


def _owner() -> str | None:
    """Postgres refuses to run as root: the account to run it as, or None to run it as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise PostgresMissing("running as root, and there is no postgres or nobody account to run Postgres as")
