"""How long open items have been due, in the usual five steps."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from aios.billing.open_items import OpenItem
from aios.events.types.settlements import Direction

STEPS = ("not due", "1–30", "31–60", "61–90", "over 90")
"""Days overdue."""


@dataclass(frozen=True)
class AgingLine:
    """What is open of one direction, currency and step, in minor units, and of how many invoices."""

    direction: Direction
    currency: str
    step: str
    invoices: int
    open: int


def days_overdue(item: OpenItem, on: date) -> int:
    """How many days the item is overdue; none or fewer where it is not. Without a due day, it was due when issued."""
    due = _day(item.due) or _day(item.issued) or on
    return (on - due).days


def step_of(days: int) -> str:
    """The step of so many days overdue."""
    return STEPS[0] if days <= 0 else STEPS[min((days - 1) // 30, 3) + 1]


def aging(items: Iterable[OpenItem], on: date) -> list[AgingLine]:
    """Every step of each direction and currency that something is open of."""
    sums: dict[tuple[Direction, str], dict[str, list[int]]] = defaultdict(lambda: {step: [0, 0] for step in STEPS})
    for item in items:
        found = sums[item.direction, item.currency][step_of(days_overdue(item, on))]
        found[0] += 1
        found[1] += item.open
    ordered = sorted(sums.items(), key=lambda each: (each[0][0] != "receivable", each[0][1]))
    return [AgingLine(*about, step, *both) for about, steps in ordered for step, both in steps.items()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
