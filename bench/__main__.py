"""`python -m bench [names…] [--quick] [--json]`: every benchmark, or those named, one after another."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.report import Line, Report, machine, total

NAMES = (
    "reaction",
    "burst",
    "durable",
    "event_log",
    "dagster_storage",
    "gateway",
    "start",
    "idle",
    "recall",
)
"""In the order in which they run; each is a module here with `run(quick)`."""

CHECKOUT = Path(__file__).resolve().parents[1]
RESULTS = CHECKOUT / "bench" / "results"
CLEANED_UP_WITHIN = 120.0


def main(words: Sequence[str] | None = None) -> int:
    """Run, print each table as it comes, keep the figures; 1 if a benchmark broke."""
    asked = parse(words)
    begun, found, broken = time.perf_counter(), list[dict[str, Any]](), False
    for name in asked.names or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        result = measured(f"bench.{name}", asked.quick)
        found.append({"name": name, **result})
        broken = broken or "broken" in result
        if not asked.json:
            print(shown(name, result), flush=True)
    summary = {"benchmarks": found, "machine": machine(), "quick": asked.quick}
    keep(summary)
    if asked.json:
        print(json.dumps(summary, indent=1))
    else:
        print(closing(found, time.perf_counter() - begun), machine(), sep="\n")
    return 1 if broken else 0


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser("python -m bench", description="Measure aios beside its peers.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer samples: minutes for all, but rough")
    parser.add_argument("--json", action="store_true", help="the figures as JSON in the place of tables")
    asked = parser.parse_args(words)
    if unknown := [name for name in asked.names if name not in NAMES]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    return asked


def measured(module: str, quick: bool) -> dict[str, Any]:
    """A benchmark's report as a dictionary, made in a process of its own; `broken` says why there is none.

    The process has a group of its own: Ctrl-C reaches it once, through us, and it ends what it has started.
    """
    with tempfile.TemporaryDirectory(prefix="aios-bench-result-") as folder:
        file = Path(folder) / "report.json"
        command = [sys.executable, "-m", "bench.one", module, str(file), *(["--quick"] if quick else [])]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=sys.stderr, process_group=0)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait(CLEANED_UP_WITHIN)
            raise
        return json.loads(file.read_text("utf-8")) if file.exists() else {"broken": f"it ended with {code}"}


def shown(name: str, result: dict[str, Any]) -> str:
    """Its table, or why there is none."""
    return f"{name} broke: {result['broken']}\n" if "broken" in result else _report(result).text()


def closing(found: Sequence[dict[str, Any]], seconds: float) -> str:
    """How many targets were met, in one line."""
    targets, met = total(_report(result) for result in found if "broken" not in result)
    broken = [result["name"] for result in found if "broken" in result]
    broke = f"; broken: {', '.join(broken)}" if broken else ""
    return f"{met} of {targets} targets met{broke}, in {seconds / 60:.0f} min."


def keep(summary: dict[str, Any]) -> None:
    """Put the figures beside those of earlier times, to compare with."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / time.strftime("%Y-%m-%dT%H-%M-%S.json", time.gmtime())
    file.write_text(json.dumps(summary, indent=1), "utf-8")


def _report(result: dict[str, Any]) -> Report:
    return Report(result["title"], [Line(**line) for line in result["lines"]], result["missing"])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("Ended; everything that was started has stopped.", file=sys.stderr)
        sys.exit(130)
