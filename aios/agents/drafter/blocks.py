"""Blocks: the reply's building blocks by name, their versions from the owner's preferences, and how to find them again.

The wording in `phrases.py` is version 1 of each; a preference about a block is its next version.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from string import Formatter
from typing import Any

from aios.agents.drafter.phrases import ENGLISH, GERMAN, GERMAN_DU, Phrases

SETS: Mapping[str, Phrases] = {phrases.name: phrases for phrases in (ENGLISH, GERMAN, GERMAN_DU)}
_FIXED = ("name", "language", "costs", "takes")
"""What stays as it is: the wording of figures must be the one that the check of the facts reads."""


@dataclass(frozen=True)
class Found:
    """A block in a text: its name, its wording, and what filled its slots."""

    name: str
    wording: str
    slots: dict[str, str]


def blocks(phrases: Phrases) -> dict[str, str]:
    """The wording of each block by its name, such as `en.farewell` or `de.questions.timeline`."""
    plain = {f"{phrases.name}.{name}": text for name, text in _texts(phrases)}
    return plain | {f"{phrases.name}.questions.{what}": text for what, text in phrases.questions.items()}


def slots(text: str) -> set[str]:
    """The slots in a wording; raises `ValueError` where its braces do not fit."""
    parts = [part for part in Formatter().parse(text) if part[1] is not None]
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise ValueError("A slot is a name in braces.")
    return {str(name) for _, name, _, _ in parts}


def reworded(phrases: Phrases, wordings: Mapping[str, str]) -> Phrases:
    """The phrases with the wordings of their blocks put in; one with a slot that the block does not have is left."""
    own = blocks(phrases)
    fitting = {name: text for name, text in wordings.items() if name in own and _fits(text, own[name])}
    plain: dict[str, Any] = {
        name: fitting[f"{phrases.name}.{name}"] for name, _ in _texts(phrases) if f"{phrases.name}.{name}" in fitting
    }
    questions = {
        what: fitting.get(f"{phrases.name}.questions.{what}", text) for what, text in phrases.questions.items()
    }
    return replace(phrases, **plain, questions=questions)


def find(sentence: str, phrases: Phrases) -> Found | None:
    """The block that a sentence was made from, if it was."""
    for name, text in blocks(phrases).items():
        if text and (match := _pattern(text).fullmatch(sentence.strip())):
            return Found(name, text, match.groupdict())
    return None


def set_of(body: str, wordings: Mapping[str, str]) -> str:
    """The name of the set of phrases that a draft was written with: the one with the most blocks in it; or empty."""
    sentences = list(sentences_of(body))
    counts = {
        name: sum(1 for sentence in sentences if find(sentence, reworded(phrases, wordings)))
        for name, phrases in SETS.items()
    }
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else ""


def sentences_of(body: str) -> Iterator[str]:
    """The sentences of a mail, in order; a line ends one, and what marks a list is left off."""
    for line in body.split("\n"):
        for part in re.split(r"(?<=[.!?])\s+", line.strip().removeprefix("- ")):
            if part:
                yield part


def _texts(phrases: Phrases) -> Iterator[tuple[str, str]]:
    for one in fields(phrases):
        value = getattr(phrases, one.name)
        if one.name not in _FIXED and isinstance(value, str):
            yield one.name, value


def _fits(text: str, original: str) -> bool:
    try:
        return slots(text) <= slots(original)
    except ValueError:
        return False


def _pattern(text: str) -> re.Pattern[str]:
    parts = [
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "") for literal, name, _, _ in Formatter().parse(text)
    ]
    return re.compile("".join(parts))
