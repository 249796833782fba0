"""What a benchmark found, as lines of a table: medians, 95th percentiles, and ratios to a baseline of the same run."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Line:
    """One measured thing. `ratio` compares it with the baseline named in `against`; above 1 means better than it."""

    name: str
    unit: str
    median: float
    p95: float | None = None
    ratio: float | None = None
    against: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""


@dataclass
class Report:
    """The lines of one benchmark, and which peers could not be measured and why."""

    title: str
    lines: list[Line] = field(default_factory=list[Line])
    missing: list[str] = field(default_factory=list[str])

    def add(self, line: Line) -> None:
        """Keep one more line."""
        self.lines.append(line)

    def without(self, peer: str, reason: str) -> None:
        """Say that a peer was not measured, and why."""
        self.missing.append(f"{peer}: {reason}")

    def text(self) -> str:
        """The table as a person reads it."""
        head = ("", "median", "95 %", "ratio", "target", "")
        rows = [head, *(_row(line) for line in self.lines)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
        lines = [
            "  ".join(_pad(cell, width, at) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
            for row in rows
        ]
        lines.insert(1, "  ".join("─" * width for width in widths))
        absent = [f"not measured: {said}" for said in self.missing]
        return "\n".join([self.title, *(line.rstrip() for line in lines), *absent, ""])

    def as_json(self) -> str:
        """The same for a program."""
        return json.dumps(
            {"title": self.title, "lines": [asdict(line) for line in self.lines], "missing": self.missing}
        )


def of(name: str, samples: Sequence[float], unit: str, **more: object) -> Line:
    """A line from single measurements."""
    return Line(name, unit, statistics.median(samples), p95(samples), **more)  # type: ignore[arg-type]


def p95(samples: Sequence[float]) -> float:
    """The value that 95 % of the samples do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1) + 0.4999))]


def machine() -> str:
    """What the figures were measured on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def total(reports: Iterable[Report]) -> tuple[int, int]:
    """How many targets there are, and how many of them were met."""
    judged = [line.met for report in reports for line in report.lines if line.met is not None]
    return len(judged), sum(judged)


def _row(line: Line) -> tuple[str, str, str, str, str, str]:
    ratio = "" if line.ratio is None else f"{line.ratio:.2f} × {line.against}"
    verdict = {None: "", True: "met", False: "MISSED"}[line.met]
    return (
        line.name,
        _figure(line.median, line.unit),
        "" if line.p95 is None else _figure(line.p95, line.unit),
        ratio,
        f"{line.target} {verdict}".strip(),
        line.note,
    )


def _figure(value: float, unit: str) -> str:
    return f"{value:,.3g} {unit}" if abs(value) < 100 else f"{value:,.0f} {unit}"


def _pad(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if column in (1, 2) else cell.ljust(width)
