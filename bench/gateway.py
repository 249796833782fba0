"""The model gateway: what journal, budget, breaker and schema add to a call of the bare SDK on the same server."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai import OpenAI
from sqlalchemy import event

from aios.agents.qualifier.agent import QUALIFIER
from aios.agents.qualifier.contract import Qualification
from aios.clock import SystemClock
from aios.kernel import Kernel, open_kernel
from aios.models.pricing import Pricing, Usage
from aios.models.request import ModelRequest
from aios.policies.document import default_text
from aios.settings import load_settings
from bench.answering import answering
from bench.report import Line, Report, of
from bench.running import scratch

CALLS = 300
QUICK_CALLS = 60
WARM_UP = 10
MOST = 3.0
"""Milliseconds of CPU per call on top of the bare SDK."""

MODEL = "bench-model"
PRICED = f"prices:\n  - {{model: {MODEL}, input: 0.25, output: 2.00}}"
BARE = "bare SDK"
ANSWER = {
    "confidence": 0.8,
    "fit": "strong",
    "urgency": "soon",
    "deadline": "2026-12-01",
    "budget": {"low_minor": 300_000, "high_minor": 300_000, "currency": "EUR", "quote": "3,000 EUR"},
    "need": "A small website in two languages by December.",
    "offer_item_ids": ["web", "web-de"],
    "missing": ["company"],
    "score": 78,
    "reasons": [{"points": 30, "text": "names a budget"}, {"points": 20, "text": "names a date"}],
}
MAIL = "We are a bakery with four shops and need a website in German and English before the first of December. " * 30


@dataclass(frozen=True)
class Took:
    """One call in milliseconds: on the wall, of CPU of the process, and of CPU of the calling thread."""

    wall: float
    cpu: float
    thread: float


def run(quick: bool) -> Report:
    """Bare calls and calls through the gateway in turn, each with a text of its own, on one server."""
    calls = QUICK_CALLS if quick else CALLS
    report = Report(f"Model gateway: {calls} calls each, in turn, on one local server (milliseconds a call)")
    with scratch() as folder, answering(json.dumps(ANSWER), folder) as base_url, opened(folder, base_url) as kernel:
        bare, asks = _bare(base_url), _gateway(kernel)
        for at in range(WARM_UP):
            bare(-at)
            asks(-at)
        pairs = [(took(bare, at), took(asks, at)) for at in range(1, calls + 1)]
        again = [took(asks, at) for at in range(1, calls + 1)]
        counts = statements(kernel, lambda: asks(calls + 1))
    report.lines.extend(_lines([one for one, _ in pairs], [other for _, other in pairs]))
    report.add(of("gateway, journalled already: CPU", [one.cpu for one in again], "ms", note="nothing is sent or paid"))
    report.add(of("look-up of a price that ships with us: CPU", _prices(calls), "ms", note="two for each paid call"))
    report.add(Line("statements a call", "", counts["statements"], note=f"{counts['commits']} write transactions"))
    return report


@contextmanager
def opened(home: Path, base_url: str) -> Generator[Kernel]:
    """The kernel as it is in use: a policy file adopted, its limits in force, a price for the model."""
    models = {f"AIOS_MODEL_{tier}": MODEL for tier in ("SMALL", "MID", "LARGE")}
    kernel = open_kernel(load_settings({"AIOS_HOME": str(home), "OPENAI_BASE_URL": base_url, **models}))
    try:
        kernel.policies.file.write_text(default_text().replace("prices: []", PRICED))
        if kernel.policies.reload().outcome != "adopted":
            raise RuntimeError("the policy file was refused")
        yield kernel
    finally:
        kernel.close()


def took(call: Callable[[int], None], at: int) -> Took:
    """One call, timed."""
    wall, cpu, thread = time.perf_counter(), time.process_time(), time.thread_time()
    call(at)
    spent = (time.perf_counter() - wall, time.process_time() - cpu, time.thread_time() - thread)
    return Took(*(1000 * value for value in spent))


def statements(kernel: Kernel, call: Callable[[], None]) -> dict[str, int]:
    """How many statements and write transactions the call makes."""
    counts = {"statements": 0, "commits": 0}

    def count(statement: str) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK")):
            counts["statements"] += 1
        counts["commits"] += statement == "BEGIN IMMEDIATE"

    def overhear(connection: Any, _entry: Any) -> None:
        connection.set_trace_callback(count)

    kernel.database.close()  # what is opened from now on is overheard
    event.listen(kernel.database.engine, "connect", overhear)
    call()
    event.remove(kernel.database.engine, "connect", overhear)
    kernel.database.close()
    return counts


def _bare(base_url: str) -> Callable[[int], None]:
    sdk = OpenAI(api_key="none", base_url=base_url, max_retries=0)

    def call(at: int) -> None:
        messages: Any = [{"role": "system", "content": QUALIFIER.prompt}, {"role": "user", "content": _mail(at)}]
        answer = sdk.chat.completions.parse(model=MODEL, messages=messages, response_format=Qualification)
        if answer.choices[0].message.parsed is None:
            raise RuntimeError("the answer was not parsed")

    return call


def _gateway(kernel: Kernel) -> Callable[[int], None]:
    def call(at: int) -> None:
        request = ModelRequest(
            agent=QUALIFIER.name,
            agent_version=QUALIFIER.version,
            tier=QUALIFIER.tier,
            system=QUALIFIER.prompt,
            user=_mail(at),
            schema=Qualification,
            case_id=f"lead-{at}",
            process="lead_intake",
        )
        kernel.gateway.ask(request)

    return call


def _mail(at: int) -> str:
    return f"Inquiry number {at}. {MAIL}"


def _prices(times: int) -> list[float]:
    """CPU per look-up in the list of prices, in milliseconds."""
    pricing = Pricing(None, SystemClock())

    def look_up(at: int) -> None:
        if not pricing.cost("gpt-5-mini", Usage(800 + at, 200)):
            raise RuntimeError("gpt-5-mini has no price")

    look_up(0)
    return [took(look_up, at).cpu for at in range(times)]


def _lines(bare: list[Took], asked: list[Took]) -> list[Line]:
    lines: list[Line] = []
    for kind in ("cpu", "thread", "wall"):
        base, ours = [getattr(one, kind) for one in bare], [getattr(one, kind) for one in asked]
        over = statistics.median(ours) - statistics.median(base)
        title = {"cpu": "CPU", "thread": "CPU of the calling thread", "wall": "wall"}[kind]
        lines.append(of(f"{BARE}: {title}", base, "ms"))
        lines.append(
            of(f"gateway: {title}", ours, "ms", ratio=statistics.median(base) / statistics.median(ours), against=BARE)
        )
        judged = {"target": f"≤ {MOST:g} ms", "met": over <= MOST} if kind == "cpu" else {}
        lines.append(Line(f"the gateway's own: {title}", "ms", over, **judged))
    return lines


if __name__ == "__main__":
    print(run("--quick" in sys.argv).text())
