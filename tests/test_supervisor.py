"""The supervisor keeps the parts alive, and leaves nothing behind however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.waiting import until

pytestmark = pytest.mark.slow

PROGRAM = """
import os, sys
from pathlib import Path
from aios.cli.home import only_one
from aios.cli.part import Part
from aios.cli import supervisor
from aios.cli.supervisor import Supervisor
from aios.errors import AiosError

home = Path(sys.argv[1])
family = '''
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "a").write(f"{os.getpid()} {child.pid}\\\\n")
time.sleep(float(sys.argv[2]))
'''
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"

def code():
    file = home / "code"
    return file.read_text() if file.exists() else ""

def family_part(name, seconds, needs=(), **more):
    note = home / f"{name}.pids"
    return Part(name, (sys.executable, "-c", family, str(note), str(seconds)), note.exists, needs=needs, **more)

def told():
    (home / "told").touch()
    yield

parts = [family_part("first", 600), family_part("second", 600, needs=("first",))]
if "asleep" in sys.argv:
    supervisor.COMPARE_EVERY = 3600.0
if "code" in sys.argv:
    parts.append(family_part("code", 600, made_of=code))
if "stubborn" in sys.argv:
    parts.append(Part("stubborn", (sys.executable, "-c", stubborn), lambda: True))
if "hopeless" in sys.argv:
    last_words = "print('I have no reason to live'); raise SystemExit(3)"
    parts.append(Part("hopeless", (sys.executable, "-c", last_words), lambda: False))
try:
    with only_one(home) as lock:
        Supervisor(parts, home, lambda line: print(line, flush=True), lock).run(told)
except AiosError as error:
    sys.exit(str(error))
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM, str(home), *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    until(lambda: not living(home), what="the guard to end what was left")


def pids(home: Path) -> list[int]:
    """Every process the parts of this home have ever been."""
    return [int(pid) for note in home.glob("*.pids") for pid in note.read_text().split()]


def living(home: Path) -> list[int]:
    """Those of them that still run."""
    return [pid for pid in pids(home) if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


def all_ready(home: Path) -> bool:
    return (home / "told").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_every_process_within_seconds(start: Start, home: Path, number: int) -> None:
    process = start()
    until(lambda: all_ready(home))
    assert len(living(home)) == 4
    process.send_signal(number)
    assert process.wait(60) == 0
    assert living(home) == []


def test_a_part_that_ignores_the_request_is_killed(start: Start, home: Path) -> None:
    process = start("stubborn")
    until(lambda: all_ready(home))
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert living(home) == []


def test_a_killed_supervisor_leaves_no_orphan(start: Start, home: Path) -> None:
    process = start()
    until(lambda: all_ready(home))
    process.kill()
    until(lambda: not living(home))


def test_a_part_that_died_is_started_again_with_nothing_left_of_the_old_one(start: Start, home: Path) -> None:
    start()
    until(lambda: all_ready(home))
    leader, child = pids(home)[:2]
    os.kill(leader, signal.SIGKILL)
    until(lambda: len(pids(home)) == 6, what="a successor")
    until(lambda: len(living(home)) == 4)
    assert child not in living(home)


def test_a_supervisor_that_sleeps_for_an_hour_sees_a_death_and_a_signal_at_once(start: Start, home: Path) -> None:
    process = start("asleep")
    until(lambda: all_ready(home))
    for count in (6, 8):
        os.kill(pids(home)[-2], signal.SIGKILL)
        until(lambda count=count: len(pids(home)) == count, what="a successor")
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert living(home) == []


def test_a_part_that_keeps_dying_ends_everything_with_its_last_lines(start: Start, home: Path) -> None:
    output, _ = start("hopeless").communicate(timeout=60)
    assert "hopeless ended 6 times within a minute (exit code 3), so everything was stopped." in output
    assert "I have no reason to live" in output
    assert "Traceback" not in output
    assert living(home) == []


def test_a_part_whose_code_changed_is_started_again_and_the_others_are_not(start: Start, home: Path) -> None:
    process = start("code")
    until(lambda: all_ready(home))
    before = pids(home)
    (home / "code").write_text("changed")
    new = until(lambda: [pid for pid in pids(home) if pid not in before], what="the part to run on the new code")
    assert len(new) == len((home / "code.pids").read_text().splitlines()[1].split()) == 2
    until(lambda: len(living(home)) == 6, what="nothing to be left of the old one")
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert "code                 runs on changed code; starting it again" in said
    assert "ended" not in said, "a renewal is no death"


def test_a_second_one_on_the_same_home_is_refused(start: Start, home: Path) -> None:
    first = start()
    until(lambda: all_ready(home))
    output, _ = start().communicate(timeout=60)
    assert f"Another `aios up` (process {first.pid}) is running on {home}." in output
    assert len(living(home)) == 4


def test_a_new_one_waits_for_the_guard_of_a_killed_one(start: Start, home: Path) -> None:
    first = start()
    until(lambda: all_ready(home))
    before = set(living(home))
    first.kill()
    (home / "told").unlink()
    start()
    until(lambda: all_ready(home))
    assert not before & set(living(home))
