"""Signals: phrases that speak for or against something, with their weight, and which of them a text has."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aios.policies.words import plain


@dataclass(frozen=True)
class Signal:
    """A thing to look for: what it is called, how much it counts, and its pattern in plain text (one case)."""

    name: str
    weight: int
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Found:
    """A signal in a text, with the words that gave it."""

    signal: Signal
    words: tuple[str, ...]


def signal(name: str, weight: int, words: str) -> Signal:
    """A signal for any of the words, separated by `|`; matched at the start of a word."""
    return Signal(name, weight, re.compile(rf"(?<!\w)(?:{words})"))


def look_for(signals: Iterable[Signal], text: str) -> tuple[Found, ...]:
    """The signals that the text has, in the order given."""
    read = plain(text)
    hits = ((wanted, tuple(dict.fromkeys(m.group() for m in wanted.pattern.finditer(read)))) for wanted in signals)
    return tuple(Found(wanted, words) for wanted, words in hits if words)


def weight(found: Iterable[Found]) -> int:
    """What the signals found weigh together."""
    return sum(item.signal.weight for item in found)
