"""`Plot`: bars of sums of one currency, laid out here, so that a page only draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

from aios.money import Money

HEIGHT, STEP, WIDTH = 100, 10, 8
"""Units of a drawing that the page stretches: its height, and the place and width of a bar."""


@dataclass(frozen=True)
class Value:
    """A bar to be: its label, minor units, what else to say of it, and its colour (`good`, `wait` or `bad`)."""

    label: str
    minor: int
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar where it is drawn, and what it says."""

    label: str
    said: str
    note: str
    tone: str
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Plot:
    """A drawing `width` units wide: its name on the page, title, what it shows, bars, and the line of nothing."""

    name: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    zero: float

    @property
    def width(self) -> int:
        """How wide the drawing is."""
        return len(self.bars) * STEP


def plot(name: str, title: str, currency: str, values: Sequence[Value], what: str) -> Plot:
    """The values side by side, the largest as high as the drawing; what is negative hangs below the line."""
    most, least = max([0, *(v.minor for v in values)]), min([0, *(v.minor for v in values)])
    span = (most - least) or 1
    zero = round(HEIGHT * most / span, 1)
    bars = tuple(_bar(at, value, currency, zero, span) for at, value in enumerate(values))
    highest = max(values, key=lambda value: value.minor, default=Value("", 0))
    described = f"{what} in {currency}, {len(values)} bars. The highest is {highest.label}: {_said(highest, currency)}."
    return Plot(name, title, described, bars, zero)


def _bar(at: int, value: Value, currency: str, zero: float, span: int) -> Bar:
    height = round(HEIGHT * abs(value.minor) / span, 1)
    if value.minor:
        height = max(height, 1.0)
    y = zero - height if value.minor > 0 else zero
    said, x = _said(value, currency), at * STEP + 1
    return Bar(value.label, said, value.note, value.tone, x, round(max(y, 0.0), 1), height)


def _said(value: Value, currency: str) -> str:
    return str(Money(value.minor, currency))
