"""Filters of the templates: values as people read them."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Protocol, cast

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


def local_time(moment: str) -> str:
    """A moment as the time of day where the server runs, which is where the owner is."""
    return from_text(moment).astimezone().strftime("%H:%M")


def local_full(moment: str) -> str:
    """A moment as date, time and zone where the server runs."""
    return from_text(moment).astimezone().strftime("%d %b %Y, %H:%M:%S %Z")


def percent(share: float | None) -> str:
    """A share as a whole percentage."""
    return "–" if share is None else f"{share * 100:.0f} %"


def usd(micros: int | None) -> str:
    """Micro-dollars, with the fractions of a cent that a call costs; cents from a dollar on, none as `$0`."""
    if not micros:
        return "$0"
    return dollars(micros) if micros < MICROS else usd_round(micros)


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


def side_by_side(change: Change) -> list[tuple[str, str]]:
    """What differs, place by place: the lines that go, and those that come instead."""
    before, after = change.before.splitlines(), change.after.splitlines()
    codes = SequenceMatcher(None, before, after, False).get_opcodes()
    return [("\n".join(before[a:b]), "\n".join(after[c:d])) for kind, a, b, c, d in codes if kind != "equal"]


def own_link(link: str) -> bool:
    """Whether a link leads to a page of the workspace, or to a place on this one."""
    return link.startswith(("/", "#")) and not link.startswith(("//", "/\\"))


def groupby_day(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Timeline entries by day, in their order."""
    days: dict[str, list[Entry]] = {}
    for entry in entries:
        days.setdefault(from_text(entry.at).astimezone().strftime("%A, %-d %B %Y"), []).append(entry)
    return list(days.items())


def money(minor: int, currency: str) -> str:
    """Minor units of a currency."""
    return str(Money(minor, currency))


def iban(number: str) -> str:
    """An account as banks write it, in groups of four."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


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
        case list() | tuple():
            return _list(cast(Sequence[Any], value))
        case dict():
            return json.dumps(value, ensure_ascii=False, indent=2)
        case _:
            return str(value)


def _list(values: Sequence[Any]) -> str:
    if any(isinstance(value, dict | list) for value in values):
        return json.dumps(values, ensure_ascii=False, indent=2)
    return ", ".join(str(value) for value in values) or "–"


def tone(status: str) -> str:
    """The colour class of a state: good, wait, bad, or quiet."""
    return _TONES.get(status, "quiet")


_TONES = {
    **dict.fromkeys(("ok", "succeeded", "captured", "approved", "answered", "edited", "released"), "good"),
    **dict.fromkeys(
        ("waiting", "proposed", "claimed", "buffered", "open", "degraded", "paused", "snoozed", "revised"), "wait"
    ),
    **dict.fromkeys(("failed", "unknown", "down", "hard"), "bad"),
}

FILTERS: dict[str, Callable[..., Any]] = {
    "since": since,
    "local_time": local_time,
    "local_full": local_full,
    "percent": percent,
    "usd": usd,
    "usd0": usd_round,
    "line_diff": line_diff,
    "side_by_side": side_by_side,
    "own_link": own_link,
    "groupby_day": groupby_day,
    "money": money,
    "iban": iban,
    "human": human,
    "size": size,
    "readable": readable,
    "tone": tone,
}
"""By the name that templates use."""
