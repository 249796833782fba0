"""`Learning`: propose what the owner has corrected several times as a preference, and take the owner's answer."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.agents.drafter.blocks import SETS, blocks
from aios.database import blobs
from aios.decisions.decisions import PREFERENCE, Decision, Decisions, Question, Verdict
from aios.decisions.shown import Change, Evidence, Impact, Shown
from aios.decisions.tables import decisions as decisions_table
from aios.errors import InvalidInput
from aios.events.log import EventLog
from aios.learning.corrections import read_corrections, read_some
from aios.learning.lessons import Lesson, lessons_in
from aios.learning.safety import why_not
from aios.memory.preferences import Habit, in_force, put_in_force

BAR = 2
"""From corrections of drafts to so many different contacts on, a change is proposed as a preference.

Of one contact alone it may be about that contact.
"""

ASK_FOR = timedelta(days=30)
"""How long the owner may take to answer; nothing waits for it."""

SHOWN = 5
"""How many of the corrections a proposal shows."""

_FREE = ("block", "add", "word")
"""The actions whose value the owner may word otherwise."""

_NEWEST = sa.select(sa.func.max(decisions_table.c.position))


@dataclass(frozen=True)
class Proposal:
    """A habit with the lessons that speak for it, the newest first."""

    habit: Habit
    lessons: tuple[Lesson, ...]


class Learning:
    """What the owner's corrections teach. Only what the owner wrote is a source: edits, and notes to decisions."""

    def __init__(self, log: EventLog, decisions: Decisions) -> None:
        self.log = log
        self.decisions = decisions
        self._seen: int | None = None

    def propose(self) -> list[str]:
        """Ask about every habit that has reached the bar and was not asked about; returns the new decisions' ids.

        Cheap where nothing was decided since it last looked. Two that look at once ask once.
        """
        with self.log.database.read() as connection:
            newest = connection.scalar(_NEWEST) or 0
            if newest == self._seen:
                return []
            due = self._due(connection)
        asked = self._ask() if due else []
        self._seen = newest
        return asked

    def check_edits(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> None:
        """Raise `InvalidInput` where the owner's wording may not become a preference."""
        self._habit(tx, asked, edits)

    def after(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        """What is accepted is in force from now on; what is declined is not asked about again."""
        if verdict in ("approve", "edit"):
            edits: dict[str, Any] = blobs.get_json(tx, decision.edits_blob) if decision.edits_blob else {}
            put_in_force(tx, self.log, self._habit(tx, decision, edits), _evidence(self.decisions.shown(tx, decision)))

    def _ask(self) -> list[str]:
        with self.log.database.write() as tx:
            return [self.decisions.open(tx, _question(one), ASK_FOR) for one in self._due(tx)]

    def _due(self, connection: Connection) -> list[Proposal]:
        followed = in_force(connection)
        wordings = {one.habit.target: one.habit.value for one in followed if one.habit.action == "block"}
        corrections = {one.decision_id: one for one in read_corrections(connection, self.log)}
        lessons = [lesson for one in corrections.values() for lesson in lessons_in(one, wordings)]
        known = {one.habit for one in followed}
        return [
            one
            for one in _at_the_bar(lessons)
            if one.habit not in known
            and not self._was_asked(connection, one.habit.key)
            and not why_not(connection, one.habit, [corrections[lesson.decision_id] for lesson in one.lessons])
        ]

    def _was_asked(self, connection: Connection, key: str) -> bool:
        asked = self.decisions.list(connection, kind=PREFERENCE, effect_key=key)
        return any(one.status not in ("expired", "void") for one in asked)

    def _habit(self, connection: Connection, asked: Decision, edits: dict[str, Any]) -> Habit:
        """The habit that is asked about, in the owner's wording."""
        shown = self.decisions.shown(connection, asked)
        if closed := sorted(set(edits) - set(shown.editable)):
            raise InvalidInput(f"{', '.join(closed)} cannot be edited.", "Approve or reject it as it is.")
        habit = Habit(**{name: shown.provenance[name] for name in ("action", "target", "value", "language")})
        if "value" not in edits:
            return habit
        changed = replace(habit, value=" ".join(str(edits["value"]).split()))
        if reason := why_not(connection, changed, read_some(connection, self.log, _evidence(shown))):
            raise InvalidInput(f"That cannot become a preference. {reason}", "Word it without that.")
        return changed


def _at_the_bar(lessons: Iterable[Lesson]) -> list[Proposal]:
    """Of each topic the newest habit, where corrections of drafts to enough contacts speak for it."""
    topics: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        topics[lesson.habit.topic].append(lesson)
    found: list[Proposal] = []
    for told in topics.values():
        agreeing = tuple(lesson for lesson in told if lesson.habit == told[0].habit)
        if len({lesson.contact_id for lesson in agreeing}) >= BAR:
            found.append(Proposal(told[0].habit, agreeing))
    return sorted(found, key=lambda one: one.habit.topic)


def _question(proposal: Proposal) -> Question:
    habit, lessons = proposal.habit, proposal.lessons
    now = _wording(habit)
    shown = Shown(
        title=f"A preference? {habit.words}"[:200],
        summary=f"You have done this in {len(lessons)} decisions. Approve, and drafts will do it from now on; you can "
        "switch it off at any time. Reject, and it is not asked again.",
        evidence=tuple(_shown(lesson) for lesson in lessons[:SHOWN]),
        proposal={"value": habit.value} if habit.action in _FREE else {"preference": habit.words},
        editable=("value",) if habit.action in _FREE else (),
        diff=(Change(field=habit.target[:80], before=now, after=habit.value),) if habit.action == "block" else (),
        diff_against="the wording that drafts use now",
        impact=Impact(reversible="Switch it off on the Preferences page, and drafts are as before."),
        provenance={
            "action": habit.action,
            "target": habit.target,
            "value": habit.value,
            "language": habit.language,
            "decisions": [lesson.decision_id for lesson in lessons],
        },
    )
    return Question(PREFERENCE, shown, key=habit.key)


def _shown(lesson: Lesson) -> Evidence:
    before, after = lesson.before or "(nothing)", lesson.after or "(left out)"
    text = f"{before} → {after}"
    return Evidence(label="You changed", text=text[:600], source="decision", link=f"/decisions/{lesson.decision_id}")


def _wording(habit: Habit) -> str:
    return next((found for phrases in SETS.values() if (found := blocks(phrases).get(habit.target))), "")


def _evidence(shown: Shown) -> tuple[str, ...]:
    return tuple(str(one) for one in shown.provenance["decisions"])
