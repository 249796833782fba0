"""Start: from the command to ready, in an empty and in a lived-in home, and the memory of each process at rest."""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from aios.cli.dagster_home import location_loads
from aios.cli.ports import free_port
from aios.errors import AiosError
from bench.report import Line, Report, of
from bench.running import Program, aios_up, is_ready, running, scratch, script, titled

TIMES = 5
QUICK_TIMES = 2
AT_REST_AFTER = 5.0
MEGABYTE = 1_000_000
COMMANDS = ("aios --help", "aios events list")
BASELINE = "dagster dev"


@dataclass(frozen=True)
class Started:
    """One start: seconds to ready, and the CPU seconds that all processes had used by then."""

    seconds: float
    cpu: float


def run(quick: bool) -> Report:
    """Starts in turn: a fresh home, the same home again, and `dagster dev` on the same definitions."""
    times = QUICK_TIMES if quick else TIMES
    report = Report(f"Start: command to ready over {times} starts each, and memory at rest")
    fresh: list[Started] = []
    again: list[Started] = []
    stock: list[Started] = []
    memory: list[Line] = []
    with scratch() as folder:
        for at in range(times):
            home = folder / f"home-{at}"
            fresh.append(_start(home, None))
            again.append(_start(home, memory if at == times - 1 else None))
            stock.append(_dagster_dev(folder / f"dagster-{at}"))
        commands = {command: [_run(command, folder / "home-0") for _ in range(times * 2)] for command in COMMANDS}
    report.lines.extend(_lines("aios up, empty home", fresh, stock))
    report.lines.extend(_lines("aios up, home in use", again, stock))
    report.lines.extend(_lines("dagster dev, same definitions", stock, stock))
    for command, took in commands.items():
        report.add(of(command, took, "s"))
    report.lines.extend(memory)
    return report


def _lines(name: str, starts: list[Started], stock: list[Started]) -> list[Line]:
    """Time and CPU until ready, against the stock way."""
    seconds, cpu = [one.seconds for one in starts], [one.cpu for one in starts]
    if starts is stock:
        return [of(name, seconds, "s"), of(f"{name}: CPU of all processes", cpu, "s")]
    faster = statistics.median(one.seconds for one in stock) / statistics.median(seconds)
    cheaper = statistics.median(one.cpu for one in stock) / statistics.median(cpu)
    return [
        of(name, seconds, "s", ratio=faster, against=BASELINE),
        of(f"{name}: CPU of all processes", cpu, "s", ratio=cheaper, against=BASELINE),
    ]


def _start(home: Path, memory: list[Line] | None) -> Started:
    with aios_up(home) as program:
        took = Started(program.wait_until(is_ready(program)), program.cpu_seconds())
        if memory is not None:
            time.sleep(AT_REST_AFTER)
            memory.extend(_memory(program))
    return took


def _dagster_dev(folder: Path) -> Started:
    """The stock way to run the same definitions, until their location is loaded."""
    (folder / "aios").mkdir(parents=True)
    port = free_port()
    command = [script("dagster"), "dev", "-m", "aios.definitions", "-h", "127.0.0.1", "-p", str(port)]
    marks = {"DAGSTER_HOME": str(folder), "AIOS_HOME": str(folder / "aios"), "DAGSTER_DISABLE_TELEMETRY": "1"}
    with running(command, folder, marks) as program:
        return Started(program.wait_until(_loads(f"http://127.0.0.1:{port}")), program.cpu_seconds())


def _loads(url: str) -> Callable[[], bool]:
    check = location_loads(url)

    def loads() -> bool:
        try:
            return check()
        except AiosError:
            return False

    return loads


def _run(command: str, home: Path) -> float:
    program, *words = command.split()
    with running([script(program), *words], home.parent, {"AIOS_HOME": str(home)}) as started:
        if started.process.wait() != 0:
            raise RuntimeError(started.said())
        return time.perf_counter() - started.started


def _memory(program: Program) -> list[Line]:
    """Resident memory of each process; PSS shares out what several of them share, so that its sum is true."""
    family = program.family()
    titles = titled(family)
    lines: list[Line] = []
    total = 0
    for process in family:
        try:
            full = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        total += full.pss
        note = f"PSS {full.pss / MEGABYTE:.0f} MB, USS {full.uss / MEGABYTE:.0f} MB"
        lines.append(Line(f"memory of {titles[process.pid]}", "MB", full.rss / MEGABYTE, note=note))
    lines.append(Line("memory in total (PSS)", "MB", total / MEGABYTE))
    return lines


if __name__ == "__main__":
    print(run("--quick" in sys.argv).text())
