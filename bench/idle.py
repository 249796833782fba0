"""Idle: what a running aios costs when nothing happens, as a share of one core, for each of its processes."""

import sys
import time
from dataclasses import dataclass

import psutil

from bench.report import Line, Report
from bench.running import Program, aios_up, is_ready, scratch, titled

SETTLED_AFTER = 75.0
"""Seconds after ready; by then the sensors go round once a minute."""

QUICK_SETTLED_AFTER = 20.0
WINDOW = 60.0
QUICK_WINDOW = 20.0
MOST = 3.0
"""Per cent of one core, for all processes together."""


@dataclass(frozen=True)
class Used:
    """CPU seconds of one process since it began, those of its ended children included."""

    title: str
    parent: int
    seconds: float


def run(quick: bool) -> Report:
    """Start `aios up` in an empty home, let it settle, and watch it do nothing."""
    window, settled_after = (QUICK_WINDOW, QUICK_SETTLED_AFTER) if quick else (WINDOW, SETTLED_AFTER)
    report = Report(f"At rest: `aios up` in an empty home, CPU over {window:.0f} s in per cent of one core")
    with scratch() as folder, aios_up(folder / "home") as program:
        program.wait_until(is_ready(program))
        time.sleep(settled_after)
        shares = measure(program, window)
    for title, share in sorted(shares.items(), key=lambda item: -item[1]):
        report.add(Line(title, "%", share))
    total = sum(shares.values())
    report.add(Line("in total", "%", total, target=f"< {MOST:g} %", met=total < MOST))
    return report


def measure(program: Program, window: float) -> dict[str, float]:
    """Per process, the CPU it used in the window, in per cent of one core; ended children count for their parent."""
    first, begun = _used(program), time.perf_counter()
    time.sleep(window)
    last, took = _used(program), time.perf_counter() - begun
    seconds = dict.fromkeys(last, 0.0)
    for pid, used in last.items():
        seconds[pid] += used.seconds
    for pid, used in first.items():
        if (heir := _heir(pid, first, last)) is not None:
            seconds[heir] -= used.seconds
    return {last[pid].title: 100 * spent / took for pid, spent in seconds.items()}


def _used(program: Program) -> dict[int, Used]:
    family = program.family()
    titles = titled(family)
    found: dict[int, Used] = {}
    for process in family:
        try:
            times = process.cpu_times()
            spent = times.user + times.system + times.children_user + times.children_system
            found[process.pid] = Used(titles[process.pid], process.ppid(), spent)
        except psutil.NoSuchProcess:
            continue
    return found


def _heir(pid: int, first: dict[int, Used], last: dict[int, Used]) -> int | None:
    """The process itself, or, where it has ended, the nearest one above it that lives: it holds its time now."""
    while pid not in last:
        if pid not in first:
            return None
        pid = first[pid].parent
    return pid


if __name__ == "__main__":
    print(run("--quick" in sys.argv).text())
