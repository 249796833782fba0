"""Filters of the templates: values as people read them."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Protocol

from aios.clock import from_text
from aios.decisions.shown import Change
from aios.money import MICROS, Money, dollars

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


class Entry(Protocol):
    """Something with a moment."""

    @property
    def at(self) -> str:
        """When it was."""
        ...


def since(moment: str, now: datetime) -> str:
    """A moment from now: `5 minutes ago`, `in 2 days`."""
    seconds = (from_text(moment) - now).total_seconds()
    for size, unit in _UNITS:
        if (count := int(abs(seconds) // size)) > 0:
            plural = unit if count == 1 else f"{unit}s"
            return f"in {count} {plural}" if seconds > 0 else f"{count} {plural} ago"
    return "in a moment" if seconds > 0 else "just now"


def clock_time(moment: str) -> str:
    """A moment as date and time in UTC, to the minute."""
    return from_text(moment).strftime("%d %b %Y, %H:%M UTC") if moment else ""


def percent(share: float | None) -> str:
    """A share as a whole percentage."""
    return "–" if share is None else f"{share * 100:.0f} %"


def usd(micros: int | None) -> str:
    """Micro-dollars; none as `$0`."""
    return "$0" if not micros else dollars(micros)


def usd_round(micros: int | None) -> str:
    """Micro-dollars of a limit, in dollars and cents."""
    return "–" if micros is None else f"${micros / MICROS:,.2f}"


def line_diff(change: Change) -> list[tuple[str, str]]:
    """What differs, line by line: `-` and the lines that go, `+` and the lines that come."""
    before, after = change.before.splitlines(), change.after.splitlines()
    parts: list[tuple[str, str]] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, False).get_opcodes():
        if kind != "equal":
            parts += [("-", "\n".join(before[old_from:old_to])), ("+", "\n".join(after[new_from:new_to]))]
    return [(mark, text) for mark, text in parts if text]


def own_link(link: str) -> bool:
    """Whether a link leads to a page of the workspace, or to a place on this one."""
    return link.startswith(("/", "#")) and not link.startswith(("//", "/\\"))


def groupby_day(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Timeline entries by day (UTC), in their order."""
    days: dict[str, list[Entry]] = {}
    for entry in entries:
        days.setdefault(from_text(entry.at).strftime("%A, %-d %B %Y"), []).append(entry)
    return list(days.items())


def money(minor: int, currency: str) -> str:
    """Minor units of a currency."""
    return str(Money(minor, currency))


def human(name: str) -> str:
    """A name of the code as words: `lead_reply_draft` as `Lead reply draft`."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def size(count: int) -> str:
    """A number of bytes."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def readable(value: Any) -> str:
    """Any JSON value as short text: lists with commas, objects as indented JSON."""
    match value:
        case None | "":
            return "–"
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list() | tuple() if all(not isinstance(item, dict | list) for item in value):  # pyright: ignore
            return ", ".join(str(item) for item in value) or "–"
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, indent=2)
        case _:
            return str(value)


def tone(status: str) -> str:
    """The colour class of a state: good, wait, bad, or quiet."""
    return _TONES.get(status, "quiet")


_TONES = {
    **dict.fromkeys(("ok", "succeeded", "captured", "approved", "answered", "edited", "released"), "good"),
    **dict.fromkeys(("waiting", "proposed", "claimed", "open", "degraded", "paused", "snoozed", "revised"), "wait"),
    **dict.fromkeys(("failed", "unknown", "down", "hard"), "bad"),
}

FILTERS: dict[str, Callable[..., Any]] = {
    "since": since,
    "clock_time": clock_time,
    "percent": percent,
    "usd": usd,
    "usd0": usd_round,
    "line_diff": line_diff,
    "own_link": own_link,
    "groupby_day": groupby_day,
    "money": money,
    "human": human,
    "size": size,
    "readable": readable,
    "tone": tone,
}
"""By the name that templates use."""
