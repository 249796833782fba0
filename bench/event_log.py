"""The event log: events per second with chain, projections and durability on, beside plain inserts of the same rows."""

import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from psycopg2.extras import execute_values

from aios.clock import SystemClock
from aios.database.engine import Database
from aios.database.migrate import migrate
from aios.events.event import NewEvent
from aios.events.integrity import rebuild, verify
from aios.events.log import EventLog
from aios.events.tables import events
from aios.kernel import projections
from bench.facts import facts
from bench.postgres import PostgresMissing, durable_postgres
from bench.report import Line, Report
from bench.running import scratch

BATCH = 1000
LEAST = 0.25
"""The share of the plain insert rate that an append must reach."""

FLAT = 0.67
"""The share of a small log's append rate that a large one must keep."""

COLUMNS = [column.name for column in events.columns]


@dataclass(frozen=True)
class Size:
    """How much is measured: rounds, single appends in each, and the sizes that the growing log is looked at."""

    rounds: int
    singles: int
    grown: tuple[int, ...]


QUICK = Size(rounds=3, singles=100, grown=(10_000, 30_000))
FULL = Size(rounds=9, singles=300, grown=(10_000, 100_000, 1_000_000))


def run(quick: bool) -> Report:
    """Measure the log on SQLite and, where there is one, on Postgres."""
    size = QUICK if quick else FULL
    report = Report("Event log: events per second, hash chain, projections and durability on")
    with scratch() as folder:
        _measure(report, "SQLite", [f"sqlite:///{folder / name}.db" for name in ("ours", "plain")], size)
        _measure_growth(report, folder, size)
        try:
            with durable_postgres() as ours, durable_postgres() as plain:
                _measure(report, "Postgres", [ours, plain], size)
        except PostgresMissing as missing:
            report.without("Postgres", str(missing))
    return report


def _measure(report: Report, store: str, urls: Sequence[str], size: Size) -> None:
    """Rounds in turn: so many events by us, the very rows that came of it by plain inserts."""
    log, plain = (_open(url) for url in urls)
    coming = facts(store.lower())
    for name, number, ours, theirs in (
        ("1 per commit", size.singles, _one_by_one, _insert_one_by_one),
        (f"{BATCH:,} per commit", 2 * BATCH, _by_batch, _insert_by_batch),
    ):
        pairs: list[tuple[float, float]] = []
        for _ in range(size.rounds + 1):
            news = list(itertools.islice(coming, number))
            by_us = _seconds(ours, log, news)
            pairs.append((number / by_us, number / _seconds(theirs, plain, _newest_rows(log, number))))
        warm = pairs[1:]
        ratio = statistics.median(own / other for own, other in warm)
        report.add(_rate(f"{store}: plain insert, {name}", [other for _, other in warm]))
        report.add(_rate(f"{store}: append, {name}", [own for own, _ in warm], ratio, LEAST, "plain insert"))
        baseline = statistics.median(other for _, other in warm)
    for name, walk in (("rebuild", rebuild), ("verify", verify)):
        rate = _head(log) / _seconds(walk, log)
        report.add(Line(f"{store}: {name}", "events/s", rate, None, rate / baseline, "plain insert"))
    for each in (log, plain):
        each.database.close()


def _measure_growth(report: Report, folder: Path, size: Size) -> None:
    """The append rate in a log that grows and in a small one, in turn, so that what slows both does not count."""
    small, large = (_open(f"sqlite:///{folder / name}.db") for name in ("small", "large"))
    for_small, for_large = facts("small"), facts("large")
    _fill(small, for_small, size.grown[0])
    for events_held in size.grown:
        _fill(large, for_large, events_held)
        pairs = [
            tuple(
                BATCH / _seconds(_by_batch, log, list(itertools.islice(coming, BATCH)))
                for log, coming in ((large, for_large), (small, for_small))
            )
            for _ in range(2 * size.rounds + 1)
        ]
        ratio = statistics.median(one / other for one, other in pairs)
        name = f"SQLite: append to {events_held:,} events, {BATCH:,} per commit"
        report.add(_rate(name, [one for one, _ in pairs], ratio, FLAT, "a small log"))
    for each in (small, large):
        each.database.close()


def _open(url: str) -> EventLog:
    database = Database(url)
    migrate(database)
    return EventLog(database, SystemClock(), projections())


def _fill(log: EventLog, coming: Iterator[NewEvent], number: int) -> None:
    while _head(log) < number:
        _by_batch(log, list(itertools.islice(coming, BATCH)))


def _head(log: EventLog) -> int:
    with log.database.read() as connection:
        return log.head(connection)


def _one_by_one(log: EventLog, news: Sequence[NewEvent]) -> None:
    for new in news:
        log.record(new)


def _by_batch(log: EventLog, news: Sequence[NewEvent]) -> None:
    for batch in _batches(news):
        with log.database.write() as tx:
            log.append_all(tx, batch)


def _newest_rows(log: EventLog, number: int) -> list[tuple[Any, ...]]:
    """The rows as the store has them, so that nothing is left to be done to them."""
    query = sa.text(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY position DESC LIMIT {number}")
    with log.database.read() as connection:
        return [tuple(row) for row in reversed(connection.execute(query).all())]


def _insert_one_by_one(plain: EventLog, rows: Sequence[tuple[Any, ...]]) -> None:
    """Each row in a transaction of its own, by the driver alone, on a connection with the same settings."""
    raw = plain.database.engine.raw_connection()
    cursor = raw.cursor()
    mark = "?" if plain.database.is_sqlite else "%s"
    statement = f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({', '.join([mark] * len(COLUMNS))})"
    for row in rows:
        if plain.database.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(statement, row)
        raw.commit()
    raw.close()


def _insert_by_batch(plain: EventLog, rows: Sequence[tuple[Any, ...]]) -> None:
    """The same for many rows a transaction, as each driver does it best."""
    raw = plain.database.engine.raw_connection()
    cursor = raw.cursor()
    for batch in _batches(rows):
        if plain.database.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany(f"INSERT INTO events VALUES ({', '.join('?' * len(COLUMNS))})", batch)
        else:
            execute_values(cursor, f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES %s", batch, page_size=BATCH)
        raw.commit()
    raw.close()


def _batches(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (things[at : at + BATCH] for at in range(0, len(things), BATCH))


def _seconds(work: Callable[..., object], *given: object) -> float:
    begun = time.perf_counter()
    work(*given)
    return time.perf_counter() - begun


def _rate(name: str, rates: Sequence[float], ratio: float | None = None, least: float = 0, against: str = "") -> Line:
    target, met = (f"≥ {least:g} ×", ratio >= least) if ratio is not None else ("", None)
    slowest = sorted(rates)[round(0.05 * (len(rates) - 1))]
    return Line(name, "events/s", statistics.median(rates), slowest, ratio, against, target, met)


if __name__ == "__main__":
    print(run("--quick" in sys.argv).text())
