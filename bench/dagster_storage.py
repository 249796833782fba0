"""Dagster's storage on SQLite: ours, with kept connections and batches, beside Dagster's own, in turn."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData
from dagster._core.scheduler.instigation import TickData, TickStatus

from aios.cli.dagster_storage import CLASS, MODULE
from bench.report import Line, Report
from bench.running import scratch

STOCK = "Dagster's own"
BATCH = 100
WRITERS = 3
LEAST = 3.0
"""How many times faster ours must be to be worth its code."""


def run(quick: bool) -> Report:
    """Events one by one and in batches, new runs, ticks, writers at once, and what a run takes on disk."""
    rounds, number = (3, 20) if quick else (9, 50)
    report = Report("Dagster's storage on SQLite, with kept connections and batches")
    with scratch() as folder, instance_in(folder / "stock", "") as stock, instance_in(folder / "ours", MODULE) as ours:
        for name, act, count in (
            ("materialization events, one by one", one_by_one, number),
            ("log lines, one by one", log_lines, number),
            (f"materialization events, {BATCH} at once", by_batch, BATCH),
            ("new runs with their first event", new_runs, max(3, number // 5)),
            ("sensor ticks, begun and ended", ticks, number),
        ):
            compare(report, name, act, count, rounds, (stock, ours))
        at_once(report, number, rounds, folder)
        on_disk(report, 10 if quick else 40, folder)
    return report


@contextmanager
def instance_in(folder: Path, module: str) -> Generator[dg.DagsterInstance]:
    """Dagster in the folder, with our storage or its own."""
    folder.mkdir(exist_ok=True)
    custom = {"module": module, "class": CLASS, "config": {"base_dir": str(folder)}}
    said = {"telemetry": {"enabled": False}, **({"storage": {"custom": custom}} if module else {})}
    (folder / "dagster.yaml").write_text(yaml.safe_dump(said))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def compare(
    report: Report,
    name: str,
    act: Callable[[dg.DagsterInstance, int], None],
    count: int,
    rounds: int,
    both: Sequence[dg.DagsterInstance],
) -> None:
    """Rates of both in turn; the first round warms up."""
    rates = [[count / _seconds(act, instance, count) for instance in both] for _ in range(rounds + 1)][1:]
    _add(report, name, [stock for stock, _ in rates], [ours for _, ours in rates])


def one_by_one(instance: dg.DagsterInstance, count: int) -> None:
    for event in _made("run", count):
        instance.event_log_storage.store_event(event)


def log_lines(instance: dg.DagsterInstance, count: int) -> None:
    for at in range(count):
        instance.event_log_storage.store_event(dg.EventLogEntry(None, 10, f"line {at}", "run", time.time(), "s", "j"))


def by_batch(instance: dg.DagsterInstance, count: int) -> None:
    instance.event_log_storage.store_event_batch(_made("run", count))


@dg.job
def nothing() -> None:
    """A job without steps."""


def new_runs(instance: dg.DagsterInstance, count: int) -> None:
    for _ in range(count):
        instance.report_engine_event("It was launched.", instance.create_run_for_job(nothing))


def ticks(instance: dg.DagsterInstance, count: int) -> None:
    for at in range(count):
        began = TickData("origin", "sensor", InstigatorType.SENSOR, TickStatus.STARTED, float(at), selector_id="s")
        tick = instance.create_tick(began)
        instance.update_tick(tick.with_status(TickStatus.SKIPPED, end_timestamp=float(at)))


def at_once(report: Report, number: int, rounds: int, folder: Path) -> None:
    """Several processes write one by one: their rate together, and how often one was told that the file is locked."""
    rates: dict[str, list[float]] = {"": [], MODULE: []}
    locked = dict.fromkeys(rates, 0)
    context = multiprocessing.get_context("spawn")
    for module in rates:
        place = folder / (module or "stock-at-once")
        with instance_in(place, module):
            pass
        barrier = context.Barrier(WRITERS)
        with ProcessPoolExecutor(WRITERS, context, _meet_at, (barrier,)) as pool:
            for _ in range(rounds):
                asked = [pool.submit(_write, place, module, f"writer-{at}", number) for at in range(WRITERS)]
                told = [future.result() for future in asked]
                rates[module].append(WRITERS * number / max(seconds for seconds, _ in told))
                locked[module] += sum(times for _, times in told)
    _add(report, f"materialization events, {WRITERS} processes at once", *rates.values())
    for module, name in (("", STOCK), (MODULE, "ours")):
        met = None if not module else locked[module] == 0
        report.add(Line(f"{name}: told that it is locked", "times", locked[module], target="0", met=met))


_barrier: list[Barrier] = []


def _meet_at(barrier: Barrier) -> None:
    _barrier.append(barrier)


def _write(place: Path, module: str, run_id: str, number: int) -> tuple[float, int]:
    """The seconds it took from when all were ready, and how many events were refused because of a lock."""
    locked = 0
    with instance_in(place, module) as instance:
        events = _made(run_id, number)
        _barrier[0].wait(60)
        begun = time.perf_counter()
        for event in events:
            try:
                instance.event_log_storage.store_event(event)
            except Exception as error:
                if "locked" not in str(error):
                    raise
                locked += 1
        return time.perf_counter() - begun, locked


def on_disk(report: Report, runs: int, folder: Path) -> None:
    """The bytes that a run of twenty events adds, once everything is closed and the journals are in the files."""
    sizes: list[float] = []
    for module in ("", MODULE):
        place = folder / f"disk-{module or 'stock'}"
        with instance_in(place, module):
            pass
        before = _size(place)
        with instance_in(place, module) as instance:
            for _ in range(runs):
                made = instance.create_run_for_job(nothing)
                instance.event_log_storage.store_event_batch(_made(made.run_id, 20))
        sizes.append((_size(place) - before) / runs / 1000)
    stock, ours = sizes
    report.add(Line(f"{STOCK}: a run of 20 events on disk", "kB", stock))
    report.add(Line("ours: a run of 20 events on disk", "kB", ours, ratio=stock / ours, against=STOCK))


def _made(run_id: str, count: int) -> list[dg.EventLogEntry]:
    """Events that say what a run has made of so many cases, as the step wrapper reports them."""
    tags = {"dagster/data_version": "4f2c", "dagster/code_version": "1"}
    found: list[dg.EventLogEntry] = []
    for at in range(count):
        said = dg.AssetMaterialization(
            "lead", partition=f"case-{at}", metadata={"tier": "rules", "cost": 0.0}, tags=tags
        )
        event = DagsterEvent(
            DagsterEventType.ASSET_MATERIALIZATION.value, "job", event_specific_data=StepMaterializationData(said)
        )
        found.append(dg.EventLogEntry(None, 10, "", run_id, time.time(), "step", "job", event))
    return found


def _add(report: Report, name: str, stock: Sequence[float], ours: Sequence[float]) -> None:
    ratio = statistics.median(own / other for own, other in zip(ours, stock, strict=True))
    report.add(Line(f"{STOCK}: {name}", "/s", statistics.median(stock)))
    more = {"ratio": ratio, "against": STOCK, "target": f"≥ {LEAST:g} ×", "met": ratio >= LEAST}
    report.add(Line(f"ours: {name}", "/s", statistics.median(ours), **more))


def _seconds(act: Callable[..., None], *given: Any) -> float:
    begun = time.perf_counter()
    act(*given)
    return time.perf_counter() - begun


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
