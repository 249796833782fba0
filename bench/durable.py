"""Durable steps: the kernel's journal beside LangGraph, DBOS and plain Dagster, each step on disk before the next."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.environments import CHECKOUT, PeerMissing, interpreter
from bench.report import Line, Report, of
from bench.running import scratch

PEERS = CHECKOUT / "bench" / "peers" / "durable"
STEPS = 40
WARM_UP = 3
"""Rounds that do not count: imports, statements compiled at their first use, a journal file that still grows."""

GROWN_STEPS, GROWN_BYTES = 100, 5000
AIOS, LANGGRAPH, DBOS, DAGSTER = "aios", "LangGraph SqliteSaver, sync", "DBOS on SQLite", "Dagster, in process"


@dataclass(frozen=True)
class Engine:
    """An engine's program under way: a word in, an answer out (see `bench/peers/durable/rounds.py`)."""

    process: "subprocess.Popen[str]"
    settings: dict[str, Any]

    def ask(self, line: str) -> Any:
        """The answer; `EOFError` where the program is no more."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return _answer(self.process)


def run(quick: bool) -> Report:
    """Speed, growth and what a crash repeats, for each engine that can be had here."""
    report = Report(f"Durable steps: {STEPS} × fibo(10) in a chain, every step on disk before the next")
    commands = dict(_commands(report))
    with scratch() as folder:
        _measure_speed(report, commands, 6 if quick else 40)
        _measure_growth(report, commands)
        _count_duplicates(report, commands, folder)
    return report


def _commands(report: Report) -> Iterator[tuple[str, list[str]]]:
    yield AIOS, [sys.executable, "-m", "bench.journal"]
    yield DAGSTER, [sys.executable, str(PEERS / "with_dagster.py")]
    for name, module in ((LANGGRAPH, "langgraph"), (DBOS, "dbos")):
        try:
            python = interpreter(module, PEERS / f"requirements-{module}.lock")
        except PeerMissing as missing:
            report.without(name, str(missing))
        else:
            yield name, [str(python), str(PEERS / f"with_{module}.py")]


def _measure_speed(report: Report, commands: dict[str, list[str]], rounds: int) -> None:
    """All engines at once, in turn, so that what else the machine does hits each alike; the first rounds warm up."""
    took: dict[str, dict[int, float]] = {name: {} for name in commands}
    with ExitStack() as stack:
        engines = {name: stack.enter_context(_running(command)) for name, command in commands.items()}
        for at in range(WARM_UP + rounds):
            for name, engine in engines.items():
                if name != DAGSTER or at % 4 == 0:  # it takes seconds each time
                    took[name][at] = 1000 * engine.ask(f"steps {STEPS}") / STEPS
        notes = {name: ", ".join(f"{key} {value}" for key, value in e.settings.items()) for name, e in engines.items()}
    warm = {name: {at: ms for at, ms in found.items() if at >= WARM_UP} for name, found in took.items()}
    for name, samples in warm.items():
        if name != AIOS:
            report.add(of(f"a step: {name}", [*samples.values()], "ms", note=notes[name]))
    for name, least in ((DAGSTER, 0.0), (LANGGRAPH, 1.0), (DBOS, 4.0)):
        if name in warm:
            ratio = statistics.median(theirs / warm[AIOS][at] for at, theirs in warm[name].items())
            target, met = (f"≥ {least:g} ×", ratio >= least) if least else ("", None)
            more = {"ratio": ratio, "against": name, "target": target, "met": met, "note": notes[AIOS]}
            report.add(of("a step: aios", [*warm[AIOS].values()], "ms", **more))


def _measure_growth(report: Report, commands: dict[str, list[str]]) -> None:
    new = GROWN_STEPS * GROWN_BYTES
    for name, command in commands.items():
        with _running(command) as engine:
            growth = engine.ask(f"grow {GROWN_STEPS} {GROWN_BYTES}") / new
        judged = {"target": "≤ 2 ×", "met": growth <= 2} if name == AIOS else {}
        report.add(Line(f"kept for {GROWN_STEPS} × {GROWN_BYTES / 1000:g} KB: {name}", "× new", growth, **judged))


def _count_duplicates(report: Report, commands: dict[str, list[str]], folder: Path) -> None:
    """Kill each engine between an effect and its record, start it again on the same store, count the effects."""
    for at, (name, command) in enumerate(commands.items()):
        outside, store = folder / f"outside-{at}", folder / f"crashed-{at}"
        store.mkdir()
        try:
            _once(command, store, f"effect {outside}")
        except EOFError:
            _once(command, store, f"effect {outside}")
        again = outside.read_text("utf-8").count("\n") - 1
        judged = {"target": "0", "met": again == 0} if name == AIOS else {}
        report.add(Line(f"repeated after kill -9: {name}", "effects", again, **judged))


def _once(command: Sequence[str], store: Path, line: str) -> None:
    with _started(command, store) as engine:
        engine.ask(line)


@contextmanager
def _running(command: Sequence[str]) -> Iterator[Engine]:
    """The engine on an empty store of its own."""
    with scratch() as store, _started(command, store) as engine:
        yield engine


@contextmanager
def _started(command: Sequence[str], store: Path) -> Iterator[Engine]:
    """The engine on that store; ended on the way out."""
    with subprocess.Popen(
        [*command, str(store)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Engine(process, _answer(process))
        finally:
            process.kill()


def _answer(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    if line := process.stdout.readline():
        return json.loads(line)
    raise EOFError(f"{process.args} ended")


if __name__ == "__main__":
    print(run("--quick" in sys.argv).text())
