"""Burst: many leads at once until each has its decision, beside one run per lead on stock Dagster."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from bench.postgres import PostgresMissing, durable_postgres
from bench.report import Line, Report
from bench.stack import ByCall, Stack, aios, progress, stock

TIMES_MORE = 100
LOOK = 0.1
PARTS = 20
"""How often a burst says how far it is, at most."""

SAID_EVERY = 10.0


@dataclass(frozen=True)
class Burst:
    """What became of a burst; seconds count from the first lead's arrival."""

    leads: int
    fed: float
    decided: float
    ended: float
    runs: int
    events: int

    @property
    def rate(self) -> float:
        """Leads per minute, from the first lead's arrival to the last decision."""
        return 60 * self.leads / self.decided


def run(quick: bool) -> Report:
    """Each stack alone on the machine, after one lead that warms it up."""
    many, few = (200, 6) if quick else (1000, 20)
    report = Report(f"Burst: {many:,} leads at once on aios, {few} on stock")
    base = measure("stock dagster dev", stock, few)
    in_process = measure("stock, in-process executor", lambda: stock("in_process"), few)
    _add(report, "aios", measure("aios", aios, many), base, in_process)
    if not quick:
        _add_postgres(report, many, base, in_process)
    _add(report, "stock, in-process executor", in_process, base)
    _add(report, "stock dagster dev", base)
    return report


def _add_postgres(report: Report, many: int, base: Burst, in_process: Burst) -> None:
    try:
        with durable_postgres() as url:
            burst = measure("aios on Postgres", lambda: aios(AIOS_DATABASE_URL=url), many)
    except PostgresMissing as missing:
        report.without("aios on Postgres", str(missing))
    else:
        _add(report, "aios on Postgres", burst, base, in_process)


def measure(name: str, start: Callable[[], AbstractContextManager[Stack]], leads: int) -> Burst:
    """Start the stack, warm it up, and let the leads in."""
    progress(f"burst: {name}: starting")
    with start() as stack:
        case_id = stack.door.lead(0)
        stack.until(lambda: stack.decision(case_id), "the decision of the first lead")
        stack.settle()
        before = stack.dagster.ids()
        burst = _let_in(name, stack, leads, before)
        progress(f"burst: {name}: {burst.rate:,.1f} leads/min, {burst.runs} runs")
        return burst


def _let_in(name: str, stack: Stack, leads: int, before: set[str]) -> Burst:
    """Through the kernel's intake, on every stack: what is measured is the reaction, not how leads are carried here."""
    door, first = ByCall(stack.kernel), stack.waiting()
    begun = time.perf_counter()
    for number in range(1, leads + 1):
        door.lead(number)
    fed = time.perf_counter() - begun
    progress(f"burst: {name}: {leads:,} leads are in after {fed:.1f} s")
    said = time.perf_counter()
    for share in range(1, PARTS + 1):
        wanted = first + leads * share // PARTS
        stack.until(lambda wanted=wanted: stack.waiting() >= wanted, f"{wanted} decisions", every=LOOK)
        if share == PARTS or time.perf_counter() - said > SAID_EVERY:
            said = time.perf_counter()
            progress(f"burst: {name}: {wanted - first:,} of {leads:,} decided after {said - begun:.0f} s")
    decided = time.perf_counter() - begun
    stack.settle()
    ended = time.perf_counter() - begun
    runs = stack.dagster.ids() - before
    return Burst(leads, fed, decided, ended, len(runs), sum(map(stack.dagster.events, runs)))


def _add(report: Report, name: str, burst: Burst, base: Burst | None = None, in_process: Burst | None = None) -> None:
    ratio = burst.rate / base.rate if base else None
    compared = f"{burst.rate / in_process.rate:,.0f} × in-process; " if in_process else ""
    note = f"{compared}{burst.leads:,} leads in {burst.decided:,.1f} s, of which feeding {burst.fed:.1f} s"
    line = Line(f"decided, {name}", "leads/min", burst.rate, ratio=ratio, against="stock" if base else "", note=note)
    if in_process:
        met = burst.rate >= TIMES_MORE * base.rate if base else None
        line = replace(line, target=f"≥ {TIMES_MORE} ×", met=met)
    report.add(line)
    each = f"until the last run ended: {burst.ended:,.1f} s; {burst.runs:,} runs"
    report.add(Line(f"Dagster events, {name}", "a lead", burst.events / burst.leads, note=each))
