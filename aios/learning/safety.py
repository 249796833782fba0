"""Safety: what may not become a preference, since it would carry one contact's data, or a claim, into others' mails."""

import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.agents.drafter.blocks import SETS, blocks, slots
from aios.agents.grounding.check import Ground, check_text
from aios.agents.grounding.sources import Sources
from aios.identity.tables import contacts
from aios.learning.corrections import Correction
from aios.memory.preferences import Habit
from aios.policies.personal import replace_personal
from aios.policies.schema import Redaction

LONGEST = 300
"""Characters; what is longer is no habit."""

QUOTE = 4
"""So many words in a row that a lead wrote are theirs."""

_WORD = re.compile(r"\w+")
_NOTHING = Ground(Sources.of([]), Sources.of([]))


def why_not(connection: Connection, habit: Habit, corrections: Sequence[Correction]) -> str:
    """Why the habit may not become a preference, as a sentence; empty where it may."""
    value = re.sub(r"{\w+}", " ", habit.value)
    return (
        _wrong_form(habit)
        or _states(habit.target if habit.action == "word" else "", value)
        or _personal(connection, f"{value}\n{habit.target if habit.action in ('drop', 'word') else ''}", corrections)
        or (_quotes(value, corrections, whole=habit.action == "word") if habit.value else "")
    )


def _wrong_form(habit: Habit) -> str:
    value = habit.value
    if len(value) > LONGEST or any(not letter.isprintable() for letter in value):
        return f"It is longer than {LONGEST} characters, or more than one line."
    if habit.action == "word" and not value.isalpha():
        return "A word is replaced by one word."
    if habit.action in ("add", "word") and not value:
        return "It says nothing."
    if habit.action != "block":
        return "It has braces." if re.search(r"[{}]", value) else ""
    shipped = {name: text for phrases in SETS.values() for name, text in blocks(phrases).items()}
    try:
        fits = slots(value) <= slots(shipped.get(habit.target, ""))
    except ValueError:
        fits = False
    return "" if fits else "It has a slot that this block does not have."


def _states(target: str, value: str) -> str:
    if any(letter.isdigit() for text in (target, value) for letter in text):
        return "It holds a figure; figures come from documents."
    found = check_text(value, _NOTHING)
    return f'It states what no document bears out: "{found[0].text}".' if found else ""


def _personal(connection: Connection, text: str, corrections: Sequence[Correction]) -> str:
    hidden = replace_personal(text, Redaction(emails=True, phones=True), lambda kind, _: f"[{kind}]")
    if hidden != text or "@" in text or re.search(r"https?://|www\.", text, re.I):
        return "It holds an address or a number."
    words = set(_words(text))
    own = {word for one in corrections for name in one.names for word in _words(name) if len(word) > 2}
    if words & own:
        return "It names a contact."
    line = f" {' '.join(_words(text))} "
    known = connection.scalars(sa.select(contacts.c.name)).all()
    if any(f" {' '.join(_words(name))} " in line for name in known if len(name) > 2):
        return "It names a contact."
    return ""


def _quotes(value: str, corrections: Sequence[Correction], *, whole: bool) -> str:
    words = _words(value)
    runs = {tuple(words[at : at + QUOTE]) for at in range(len(words) - QUOTE + 1)}
    runs |= {tuple(words)} if whole and words else set()
    for one in corrections:
        for text in one.written:
            theirs = _words(text)
            if any(tuple(theirs[at : at + len(run)]) == run for run in runs for at in range(len(theirs))):
                return "It repeats what a lead wrote."
    return ""


def _words(text: str) -> list[str]:
    found: Iterable[str] = _WORD.findall(text.casefold())
    return list(found)
