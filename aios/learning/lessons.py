"""Lessons: what one correction would teach if it were not the only one, found by comparing sentence by sentence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from aios.agents.drafter.blocks import SETS, Found, find, reworded, sentences_of, set_of
from aios.agents.drafter.rules import wish_in
from aios.agents.drafter.wording import is_informal
from aios.agents.language import language_of
from aios.amounts import find_amounts
from aios.learning.corrections import Correction
from aios.memory.preferences import Habit

ALIKE = 0.45
"""From this likeness on, one sentence is another one changed, and not one that went and one that came."""

SHORT = 0.6
"""A mail of at most this share of the draft's words was made short."""

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")


@dataclass(frozen=True)
class Lesson:
    """A habit that a correction speaks for, with the sentence before and after; names are in braces."""

    habit: Habit
    decision_id: str
    contact_id: str
    before: str
    after: str


def lessons_in(correction: Correction, wordings: Mapping[str, str]) -> list[Lesson]:
    """What the correction speaks for; `wordings` are the building blocks that are in force beside the shipped ones."""
    found = [*_from_note(correction)]
    if correction.after.strip():
        found += _from_edit(correction, wordings)
    unique = {lesson.habit: lesson for lesson in found}
    return list(unique.values())


def _from_note(correction: Correction) -> Iterator[Lesson]:
    for action, value in wish_in(correction.note):
        yield _lesson(correction, Habit(action, value=value), "", correction.note[:200])


def _from_edit(correction: Correction, wordings: Mapping[str, str]) -> Iterator[Lesson]:
    before, after = correction.before, correction.after
    set_name = set_of(before, wordings) or ("de" if language_of(before)[0] == "de" else "en")
    language = SETS[set_name].language
    if language == "de" and is_informal(before) != is_informal(after) and _addresses(after):
        value = "du" if is_informal(after) else "sie"
        yield _lesson(correction, Habit("form", value=value), "", f"It says {value}.")
        return
    if len(_WORD.findall(after)) <= SHORT * len(_WORD.findall(before)):
        yield _lesson(correction, Habit("length", value="short"), "", "It was made much shorter.")
        return
    if find_amounts(before) and not find_amounts(after):
        yield _lesson(correction, Habit("price", value="never"), "", "The prices were taken out.")
    phrases = reworded(SETS[set_name], wordings)
    for old, new in _pairs(list(sentences_of(before)), list(sentences_of(after))):
        block = find(old, phrases) if old else None
        if block is not None:
            yield _lesson(
                correction, Habit("block", block.name, _generalised(new, block, correction)), block.wording, new
            )
        elif old and new:
            yield from _word(correction, old, new, language)
        elif old and not find_amounts(old):
            yield _lesson(correction, Habit("drop", old, language=language), old, "")
        elif new:
            yield _lesson(correction, Habit("add", new[:200], new, language), "", new)


def _pairs(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    """The sentences that changed, each with what it became; empty where it went, or came."""
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        old, new = before[start:end], after[new_start:new_end]
        if len(old) == len(new) == 1 and start in (0, len(before) - 1, len(before) - 2, len(before) - 3):
            yield old[0], new[0]  # a greeting or a farewell that is another one altogether
            continue
        yield from _alike(old, new)


def _alike(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    left = list(new)
    for one in old:
        rated = [(SequenceMatcher(None, one, other, autojunk=False).ratio(), -at) for at, other in enumerate(left)]
        likeness, at = max(rated, default=(0.0, 0))
        yield (one, left.pop(-at)) if likeness >= ALIKE else (one, "")
    yield from (("", one) for one in left)


def _word(correction: Correction, old: str, new: str, language: str) -> Iterator[Lesson]:
    was, now = _WORD.findall(old), _WORD.findall(new)
    differs = [(one, other) for one, other in zip(was, now, strict=False) if one != other]
    if len(was) == len(now) and len(differs) == 1 and all(word.isalpha() for word in differs[0]):
        [(word, value)] = differs
        yield _lesson(correction, Habit("word", word, value, language), old, new)


def _generalised(text: str, block: Found, correction: Correction) -> str:
    """The sentence as a wording: what filled the block's slots, and the contact's name in a greeting, in braces."""
    text = re.sub(r"[{}]", "", text)
    filled = [(value, name) for name, value in block.slots.items() if value]
    if ".hello" in block.name and "name" in block.slots:
        names = [part for name in correction.names for part in (name, *name.split()) if "@" not in part]
        filled += [(part, "name") for part in names if len(part) > 1]
    for value, name in sorted(filled, key=lambda one: (-len(one[0]), one)):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", f"{{{name}}}", text)
    return re.sub(r"{name}(?:\s+{name})+", "{name}", text)


def _addresses(text: str) -> bool:
    return re.search(r"\b(?:Sie|Ihnen|Ihre?\w?|[Dd]u|[Dd]ir|[Dd]ich|[Dd]ein\w*)\b", text) is not None


def _lesson(correction: Correction, habit: Habit, before: str, after: str) -> Lesson:
    shown = habit.value if habit.action == "block" else after
    return Lesson(habit, correction.decision_id, correction.contact_id, before, shown)
