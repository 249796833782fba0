"""Play a scenario in a home of its own, with real workers, and count what came of it outside."""

import shutil
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from aios.chaos import haste, worker
from aios.chaos.home import Stage, furnish
from aios.chaos.scenario import STRUCK, Outcome, Scenario
from aios.clock import from_text
from aios.database import blobs
from aios.effects import ledger
from aios.effects.ledger import Effect
from aios.events.event import Event


def play(scenarios: Sequence[Scenario], connectors: Sequence[str], operations: int) -> Iterator[Outcome]:
    """Play each scenario on each connector; the homes are removed whatever happens."""
    for scenario in scenarios:
        for connector in connectors:
            folder = Path(tempfile.mkdtemp(prefix="aios-chaos-"))
            try:
                yield play_one(Stage(folder, haste.start(), scenario, connector), operations)
            finally:
                shutil.rmtree(folder, ignore_errors=True)


def play_one(stage: Stage, operations: int, struck: threading.Event | None = None) -> Outcome:
    """Let policy approve the effects, have workers carry them out while things go wrong, then count.

    `struck` says that a fault has struck, where faults are made outside the workers.
    """
    keys = furnish(stage, operations)
    go = worker.CONTEXT.Event()
    workers = [worker.start(stage, go) for _ in range(stage.scenario.workers)]
    if stage.scenario.kill:
        _until_killed(stage, struck)
    go.set()
    for process in workers:
        process.join()
    return _counted(stage, keys)


def _until_killed(stage: Stage, struck: threading.Event | None) -> None:
    """Let a first worker go to where it is killed; the others stand ready meanwhile."""
    go = worker.CONTEXT.Event()
    go.set()
    first = worker.start(stage, go, stage.scenario.kill)
    if struck is not None and stage.scenario.kill == STRUCK:
        struck.wait(worker.GIVE_UP)
        first.kill()
    first.join()
    if first.exitcode == -signal.SIGKILL:
        stage.tally.note("fault", "", stage.clock)


def _counted(stage: Stage, keys: Sequence[str]) -> Outcome:
    kernel, _ = stage.open()
    try:
        with kernel.database.read() as connection:
            effects = [ledger.get(connection, key) for key in keys]
            requests = {each.key: blobs.get_json(connection, each.request) for each in effects}
            types = ("effect.claimed", "effect.buffered")
            events = kernel.log.read(connection, types=types, limit=1_000_000)
        return _outcome(stage, effects, events, stage.counts(kernel, effects, requests))
    finally:
        kernel.close()


def _outcome(stage: Stage, effects: Sequence[Effect], events: Sequence[Event], outside: Mapping[str, int]) -> Outcome:
    lines = stage.tally.read()
    faults = [at for what, _, at in lines if what == "fault"]
    ends = [each.updated_at for each in effects if each.done]
    seen = Counter(event.type for event in events)
    recovery = (from_text(max(ends)) - from_text(max(faults))).total_seconds() if faults and ends else 0.0
    return Outcome(
        scenario=stage.scenario.name,
        connector=stage.connector,
        operations=len(effects),
        faults=len(faults),
        retried=max(0, seen["effect.claimed"] - len(effects)),
        buffered=seen["effect.buffered"],
        looked_up=sum(what == "looked up" for what, *_ in lines),
        duplicates=sum(max(0, count - 1) for count in outside.values()),
        lost=sum(count == 0 for count in outside.values()),
        out_of_turn=_out_of_turn(effects, [key for what, key, _ in lines if what == "done"]),
        recovery=round(max(0.0, recovery), 1),
        outside=sum(outside.values()),
        asked=sum(not each.done for each in effects),
    )


def _out_of_turn(effects: Sequence[Effect], done: Sequence[str]) -> int:
    """How many were done before one of the same case whose turn was earlier."""
    turns = {each.key: (each.case_id, each.turn) for each in effects}
    by_case: dict[str, list[int]] = {}
    for key in dict.fromkeys(done):
        case_id, turn = turns[key]
        by_case.setdefault(case_id, []).append(turn)
    return sum(later < earlier for order in by_case.values() for earlier, later in pairwise(order))
