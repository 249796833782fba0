"""`aios up`, the real one: everything starts, is looked after, and ends together; on SQLite and on Postgres."""

import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2
import pytest

from tests.commands import AIOS, environment
from tests.ports import free_port, listening
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

READY_WITHIN = 240


@dataclass
class Up:
    """A running `aios up`."""

    process: subprocess.Popen[bytes]
    home: Path
    output: Path
    ports: dict[str, int]

    def said(self) -> str:
        return self.output.read_text()

    def ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        return "Ready." in self.said()

    def family(self) -> list[psutil.Process]:
        """Every process of this home, however far down, found by its environment."""
        return [process for process in psutil.process_iter() if _home_of(process) == str(self.home)]

    def part(self, name: str) -> psutil.Process:
        return next(process for process in self.family() if name in " ".join(process.cmdline()))


def _home_of(process: psutil.Process) -> str:
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else process.environ().get("AIOS_HOME", "")
    except psutil.Error:
        return ""


Start = Callable[..., Up]


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Start]:
    started: list[Up] = []
    ports = {name: free_port() for name in ("WORKSPACE", "DAGSTER", "CHROMA")}

    def start(**settings: object) -> Up:
        output = tmp_path / f"output-{len(started)}"
        named = {f"AIOS_{name}_PORT": port for name, port in ports.items()}
        with output.open("wb") as file:
            process = subprocess.Popen(
                [AIOS, "up"], env=environment(home, **named, **settings), stdout=file, stderr=file
            )
        started.append(Up(process, home, output, ports))
        return started[-1]

    yield start
    for up in started:
        if up.process.poll() is None:
            up.process.send_signal(signal.SIGTERM)
            up.process.wait(60)


def test_everything_starts_refuses_a_second_one_and_ends_at_one_ctrl_c(start: Start) -> None:
    up = start()
    until(up.ready, READY_WITHIN, what="aios up to be ready")
    assert all(listening(port) for port in up.ports.values())
    with urllib.request.urlopen(f"http://127.0.0.1:{up.ports['WORKSPACE']}/") as page:
        assert page.status == 200
    second = start()
    assert second.process.wait(60) == 1
    assert f"Another `aios up` (process {up.process.pid}) is running" in second.said()

    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    assert up.family() == []
    assert not any(listening(port) for port in up.ports.values())


def test_a_killed_part_comes_back_and_a_killed_supervisor_leaves_nothing(start: Start) -> None:
    up = start()
    until(up.ready, READY_WITHIN, what="aios up to be ready")
    workspace = up.part("aios.workspace")
    workspace.kill()
    until(lambda: "workspace            ended (signal SIGKILL)" in up.said(), what="the death to be noticed")
    until(lambda: up.said().count("workspace            ready") == 2, 60, what="the workspace to be back")
    assert workspace.pid not in [process.pid for process in up.family()]

    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait()
    until(lambda: not up.family(), what="the guard to end what was left")

    again = start()
    until(again.ready, READY_WITHIN, what="aios up to be ready again on the same home")


def test_on_postgres_dagster_keeps_its_runs_there_too(start: Start, empty_postgres_url: str) -> None:
    up = start(AIOS_DATABASE_URL=empty_postgres_url)
    until(up.ready, READY_WITHIN, what="aios up to be ready on Postgres")
    connection = psycopg2.connect(empty_postgres_url)
    try:
        cursor = connection.cursor()
        cursor.execute("select table_schema from information_schema.tables where table_name in ('events', 'runs')")
        assert sorted(row[0] for row in cursor.fetchall()) == ["dagster", "public"]
    finally:
        connection.close()
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(60) == 0
    assert not list(up.home.rglob("*.db"))
