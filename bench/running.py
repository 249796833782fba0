"""A program with everything it starts: found through its process tree and its home, named, measured, ended by id."""

import os
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from aios.cli.ports import free_port

READY_WITHIN = 180.0
STOP_WITHIN = 30.0
OURS = ("AIOS_", "OPENAI_", "STRIPE_", "DAGSTER_")


@dataclass
class Program:
    """A running program; `marks` are the environment variables that tell its processes from everybody else's."""

    process: subprocess.Popen[bytes]
    output: Path
    marks: Mapping[str, str]
    started: float = field(default_factory=time.perf_counter)

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text("utf-8", "replace")

    def wait_until(self, ready: Callable[[], bool]) -> float:
        """The seconds from its start until it is ready; fails with what it said where it ends before."""
        while not ready():
            waited = time.perf_counter() - self.started
            if self.process.poll() is not None or waited > READY_WITHIN:
                raise RuntimeError(f"not ready after {waited:.0f} s:\n{self.said()}")
            time.sleep(0.02)
        return time.perf_counter() - self.started

    def family(self) -> list[psutil.Process]:
        """Every process of it: its descendants, and those that were orphaned but carry its marks."""
        own = psutil.Process(self.process.pid)
        found = {process.pid: process for process in (own, *own.children(recursive=True))}
        for process in psutil.process_iter():
            if process.pid not in found and self._is_marked(process):
                found[process.pid] = process
        return list(found.values())

    def cpu_seconds(self) -> float:
        """The CPU that all its processes have used, those of their ended children included."""
        total = 0.0
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                total += sum(process.cpu_times()[:4])
        return total

    def _is_marked(self, process: psutil.Process) -> bool:
        try:
            environ = process.environ()
            return process.pid != os.getpid() and all(environ.get(name) == value for name, value in self.marks.items())
        except psutil.Error:
            return False

    def end(self) -> None:
        """Ask it to end as Ctrl-C does, then kill what is left of the processes seen here."""
        if self.process.poll() is None:
            family = self.family()
            self.process.send_signal(signal.SIGINT)
            _, alive = psutil.wait_procs(family, timeout=STOP_WITHIN)
            for process in alive:
                process.kill()
        self.process.wait()


@contextmanager
def running(command: Sequence[str], folder: Path, marks: Mapping[str, str], **more: str) -> Generator[Program]:
    """Start the program with `marks` and `more` in its environment; everything has ended on the way out."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    output = Path(tempfile.mkstemp(prefix="output-", dir=folder)[1])
    started = time.perf_counter()
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env={**plain, **marks, **more}, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    program = Program(process, output, marks, started)
    try:
        yield program
    finally:
        program.end()


@contextmanager
def aios_up(home: Path) -> Generator[Program]:
    """`aios up` in the home, on free ports, as a person starts it."""
    ports = {f"AIOS_{name}_PORT": str(free_port()) for name in ("WORKSPACE", "DAGSTER", "CHROMA")}
    with running([script("aios"), "up"], home.parent, {"AIOS_HOME": str(home)}, **ports) as program:
        yield program


@contextmanager
def scratch() -> Generator[Path]:
    """An empty folder on a real disk, removed on the way out."""
    folder = Path(tempfile.mkdtemp(prefix="aios-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_ready(program: Program) -> Callable[[], bool]:
    """A check whether `aios up` has said that it is ready."""
    return lambda: "\nReady." in program.said()


def script(name: str) -> str:
    """A command that was installed beside this Python."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def titled(processes: Sequence[psutil.Process]) -> dict[int, str]:
    """A short name for each process by its command line; equal ones are counted."""
    names: dict[int, str] = {}
    for process in processes:
        plain = _title(process)
        same = sum(name == plain or name.startswith(f"{plain} #") for name in names.values())
        names[process.pid] = f"{plain} #{same + 1}" if same else plain
    return names


def _title(process: psutil.Process) -> str:
    """The program's name and its first plain words, without the interpreter, options and paths."""
    try:
        words = process.cmdline()
        if not words:
            return process.name()
    except psutil.Error:
        return "ended"
    if Path(words[0]).name.startswith("python") and len(words) > 1:
        words = [word for word in words[1:] if word not in ("-I", "-m", "-u", "-s", "-E")]
    if words[0] == "-c":
        return " ".join(words[1].replace("from ", "").split()[:1]) or "python -c"
    rest = words[1:3] if Path(words[0]).name in ("dagster", "aios", "dagster-daemon", "chroma") else ()
    plain = [word for word in rest if not word.startswith("-") and "/" not in word]
    return " ".join([Path(words[0]).name, *plain])
