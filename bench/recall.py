"""Recall: the share of the turns of long conversations that answer a question, found by the product's own search.

LoCoMo is read from `../shared/data/locomo3.json` beside the checkout, or from the path in AIOS_LOCOMO or on the command
line: `python -m bench.recall [--quick] [PATH]`. Each turn is an item, each session a source; nothing else is told.
By meaning it goes where AIOS_ONNX_DIR names a folder with a MiniLM as ONNX.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aios.clock import SystemClock
from aios.database.engine import Database
from aios.database.migrate import migrate
from aios.memory.memory import Memory
from aios.memory.told import Told
from bench.environments import CHECKOUT, PeerMissing, interpreter
from bench.postgres import PostgresMissing, durable_postgres
from bench.report import Line, Report, of
from bench.running import scratch
from tests.knowledge import open_memory
from tests.peers.chroma import ChromaPeer
from tests.ports import free_port

LOCOMO = CHECKOUT.parent / "shared" / "data" / "locomo3.json"
PEERS = CHECKOUT / "bench" / "peers" / "recall"
MODEL_OF_CHROMA = Path.home() / ".cache" / "chroma" / "onnx_models" / "all-MiniLM-L6-v2" / "onnx" / "model.onnx"

DEPTHS = (5, 10, 50)
BY_WORDS, BY_MEANING = (63, 73, 87), (70, 79, 92)
MEANING_WITHIN = 10.0
FOUND_WITHIN, FILTERED_WITHIN, INGESTED = 25.0, 40.0, 500.0


@dataclass(frozen=True)
class Talk:
    """A conversation: its turns with the session of each, and for each question the places of the turns it needs."""

    turns: list[str]
    sessions: list[int]
    questions: list[str]
    evidence: list[set[int]]


@dataclass
class Ranked:
    """What one way to search found: for each talk and question the best places, and what it took."""

    found: list[list[list[int]]] = field(default_factory=list[list[list[int]]])
    waits: list[float] = field(default_factory=list[float])
    indexing: float = 0.0


def run(quick: bool, path: Path | None = None) -> Report:
    """Measure the shares found, beside peers, and the speed among many items."""
    report = Report("Recall: turns of long conversations that answer a question, and search among many items")
    file = path or Path(os.environ.get("AIOS_LOCOMO", LOCOMO))
    talks = read_talks(file) if file.is_file() else []
    with scratch() as folder:
        if talks:
            _measure_shares(report, talks, folder)
        else:
            report.without("LoCoMo", f"there is no {file}")
        _measure_many(report, "SQLite", f"sqlite:///{folder / 'many'}.db", folder, talks, quick)
        try:
            with durable_postgres() as url:
                _measure_many(report, "Postgres", url, folder, talks, True)
        except PostgresMissing as missing:
            report.without("Postgres", str(missing))
    return report


def read_talks(file: Path) -> list[Talk]:
    """The talks of a LoCoMo file; questions without a turn that answers them are left out."""
    talks: list[Talk] = []
    for told in json.loads(file.read_text("utf-8")):
        said = told["conversation"]
        numbers = [number for number in range(1, 100) if f"session_{number}" in said]
        turns = [(number, turn) for number in numbers for turn in said[f"session_{number}"]]
        place = {turn["dia_id"]: at for at, (_, turn) in enumerate(turns)}
        asked = [(qa["question"], {place[one] for one in qa["evidence"] if one in place}) for qa in told["qa"]]
        asked = [(question, evidence) for question, evidence in asked if evidence]
        talks.append(
            Talk(
                turns=[f"{turn['speaker']}: {turn['text']}" for _, turn in turns],
                sessions=[number for number, _ in turns],
                questions=[question for question, _ in asked],
                evidence=[evidence for _, evidence in asked],
            )
        )
    return talks


# --- shares ------------------------------------------------------------------------------------------------------


def _measure_shares(report: Report, talks: Sequence[Talk], folder: Path) -> None:
    with _opened(f"sqlite:///{folder / 'words'}.db", folder) as memory:
        _report_shares(report, "aios, words alone", talks, _by_aios(memory, talks), BY_WORDS)
    directory = os.environ.get("AIOS_ONNX_DIR")
    if directory:
        with _chroma() as chroma:
            settings = {"aios_embeddings": "onnx", "aios_onnx_dir": directory, "aios_chroma_url": chroma.url}
            with _opened(f"sqlite:///{folder / 'meaning'}.db", folder, **settings) as memory:
                _report_shares(report, "aios, MiniLM", talks, _by_aios(memory, talks), BY_MEANING, MEANING_WITHIN)
    else:
        report.without("aios, MiniLM", "AIOS_ONNX_DIR names no folder with model.onnx and tokenizer.json")
    given = folder / "talks.json"
    given.write_text(json.dumps([{"turns": talk.turns, "questions": talk.questions} for talk in talks]), "utf-8")
    try:
        python = interpreter("bm25s", PEERS / "requirements-bm25s.lock")
        _report_shares(report, "BM25 (bm25s)", talks, _by_peer(python, "with_bm25s.py", given))
    except PeerMissing as missing:
        report.without("BM25 (bm25s)", str(missing))
    if MODEL_OF_CHROMA.exists():
        ranked = _by_peer(Path(sys.executable), "with_chroma.py", given)
        _report_shares(report, "Chroma, its default", talks, ranked)
    else:
        report.without("Chroma, its default", "its model is not on this machine, and it would fetch it")


def _by_aios(memory: Memory, talks: Sequence[Talk]) -> Ranked:
    ranked = Ranked()
    places: list[dict[str, int]] = []
    begun = time.perf_counter()
    for number, talk in enumerate(talks):
        ids = memory.add_all(_told(talk, f"talk-{number}"))
        places.append({item_id: at for at, item_id in enumerate(ids)})
    memory.index_by_meaning()
    ranked.indexing = time.perf_counter() - begun
    memory.search(talks[0].questions[0])
    for number, talk in enumerate(talks):
        best: list[list[int]] = []
        for question in talk.questions:
            begun = time.perf_counter()
            recall = memory.search(question, k=max(DEPTHS), subjects=[f"talk-{number}"])
            ranked.waits.append(1000 * (time.perf_counter() - begun))
            assert not recall.notice, recall.notice
            best.append([places[number][one.item_id] for one in recall.found])
        ranked.found.append(best)
    return ranked


def _by_peer(python: Path, script: str, given: Path) -> Ranked:
    done = subprocess.run([str(python), str(PEERS / script), str(given)], capture_output=True, text=True)
    if done.returncode != 0:
        raise PeerMissing(f"it broke: {done.stderr.strip()[-200:]}")
    return Ranked(**json.loads(done.stdout.splitlines()[-1]))


def _report_shares(
    report: Report,
    name: str,
    talks: Sequence[Talk],
    ranked: Ranked,
    targets: Sequence[int] = (),
    within: float = 0.0,
) -> None:
    pairs = [
        (evidence, best)
        for talk, found in zip(talks, ranked.found, strict=True)
        for evidence, best in zip(talk.evidence, found, strict=True)
    ]
    for at, depth in enumerate(DEPTHS):
        share = statistics.mean(100 * len(wanted & set(best[:depth])) / len(wanted) for wanted, best in pairs)
        judged: dict[str, Any] = {"target": f"≥ {targets[at]}", "met": share >= targets[at]} if targets else {}
        report.add(Line(f"{name}: recall@{depth}", "%", share, **judged))
    first = [next((1 / at for at, one in enumerate(best, 1) if one in wanted), 0.0) for wanted, best in pairs]
    report.add(Line(f"{name}: MRR", "", statistics.mean(first), note=f"{len(pairs)} questions"))
    judged = {"target": f"≤ {within:g}", "met": statistics.median(ranked.waits) <= within} if within else {}
    report.add(of(f"{name}: a question, {max(DEPTHS)} answers", ranked.waits, "ms", **judged))
    report.add(Line(f"{name}: index", "s", ranked.indexing, note=f"{sum(len(talk.turns) for talk in talks)} turns"))


# --- many items --------------------------------------------------------------------------------------------------


def _measure_many(report: Report, store: str, url: str, folder: Path, talks: Sequence[Talk], quick: bool) -> None:
    """The talks again and again, each time on other subjects: names stand in a third of all items, as nowhere else."""
    wanted = 20_000 if quick else 100_000
    talks = talks or [_made_up()]
    with _opened(url, folder) as memory:
        held, rates = 0, list[float]()
        while held < wanted:
            for number, talk in enumerate(talks):
                told = _told(talk, f"talk-{number}-{held}")
                begun = time.perf_counter()
                memory.add_all(told)
                rates.append(len(told) / (time.perf_counter() - begun))
                held += len(told)
        rate = statistics.median(rates)
        name = f"{store}, {held:,} items"
        report.add(Line(f"{name}: ingest", "items/s", rate, target=f"≥ {INGESTED:g}", met=rate >= INGESTED))
        questions = [question for talk in talks for question in talk.questions][:: 10 if quick else 4]
        last = f"talk-0-{held - sum(len(talk.turns) for talk in talks)}"
        filters: dict[str, tuple[dict[str, Any], float]] = {
            "search": ({}, FOUND_WITHIN),
            "by kind": ({"kinds": ["question"]}, FILTERED_WITHIN),
            "by subject": ({"subjects": [last]}, FILTERED_WITHIN),
            "by kind, valid then": ({"kinds": ["turn"], "at": "2999"}, FILTERED_WITHIN),
        }
        for kind, (given, within) in filters.items():
            report.add(_timed(f"{name}: {kind}", memory, questions, given, within))


def _timed(name: str, memory: Memory, questions: Sequence[str], given: dict[str, Any], within: float) -> Line:
    for question in questions[:5]:
        memory.search(question, **given)
    waits: list[float] = []
    for question in questions:
        begun = time.perf_counter()
        memory.search(question, **given)
        waits.append(1000 * (time.perf_counter() - begun))
    line = of(name, waits, "ms")
    met = line.p95 is not None and line.p95 <= within
    return Line(line.name, "ms", line.median, line.p95, target=f"95 % ≤ {within:g}", met=met)


def _made_up() -> Talk:
    """Where LoCoMo is not at hand: our own documents, a line a turn."""
    lines = [line for file in sorted(CHECKOUT.rglob("docs/**/*.md")) for line in file.read_text("utf-8").splitlines()]
    said = [line for line in lines if line.strip()]
    return Talk(said, [1] * len(said), [line[:60] for line in said[::7]], [])


def _told(talk: Talk, name: str) -> list[Told]:
    pairs = enumerate(zip(talk.turns, talk.sessions, strict=True), 1)
    return [
        Told(
            text=turn,
            kind="question" if "?" in turn else "turn",
            subject=name,
            source=f"{name}/{session}",
            ordinal=ordinal,
        )
        for ordinal, (turn, session) in pairs
    ]


@contextmanager
def _opened(url: str, folder: Path, **settings: Any) -> Generator[Memory]:
    database = Database(url)
    migrate(database)
    memory = open_memory(database, folder, clock=SystemClock(), **settings)
    try:
        yield memory
    finally:
        memory.disconnect()
        database.close()


@contextmanager
def _chroma() -> Generator[ChromaPeer]:
    with tempfile.TemporaryDirectory(prefix="aios-bench-chroma-") as folder:
        chroma = ChromaPeer(Path(folder), free_port())
        chroma.start()
        try:
            yield chroma
        finally:
            chroma.stop()


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    print(run("--quick" in sys.argv, paths[0] if paths else None).text())
