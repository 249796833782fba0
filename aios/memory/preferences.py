"""Preferences: what the owner wants done from now on, each with its versions and the decisions it was learned from.

A preference is an item of memory. Putting it in force adds its item, and closes the one that was in force on the same
topic; switching it off closes the item, switching it on adds it again as the next version. So everything follows from
the log, and on a topic at most one is in force.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from sqlalchemy.engine import Connection

from aios.errors import Conflict, NotFound
from aios.events.catalog import MemoryClosed
from aios.events.event import NewEvent
from aios.events.log import EventLog
from aios.ids import digest
from aios.memory import lexical
from aios.memory.item import Item, all_items, read_items
from aios.memory.tables import memory_items
from aios.memory.told import Told, tell

KIND = "preference"
SUBJECT = "owner"
"""Preferences are about how the owner works: never about a contact, and nothing that the business states."""

REPLIES = {"en": "English replies", "de": "German replies", "de-du": "German replies with du"}
"""What the sets of building blocks are for, in words."""

Action = Literal["block", "drop", "add", "word", "form", "length", "price"]
"""What it asks: word a building block otherwise, leave a sentence out, add one, replace a word, say du or Sie, be
short, name no price."""


@dataclass(frozen=True)
class Habit:
    """What is to be done. `target` is the block, sentence or word that it is about; `language` empty where any."""

    action: Action
    target: str = ""
    value: str = ""
    language: str = ""

    @property
    def topic(self) -> str:
        """What at most one preference in force is about."""
        return f"{self.action}/{self.language}/{self.target}"

    @property
    def key(self) -> str:
        """Names the habit with its value; what was declined is known by it."""
        return f"preference/{digest([self.topic, self.value])[:24]}"

    @property
    def words(self) -> str:
        """What it asks, as a sentence."""
        match self.action:
            case "block" if self.value:
                said = f'Word {self._block} as "{self.value}".'
            case "block":
                said = f"Leave {self._block} out."
            case "drop":
                said = f'Leave out the sentence "{self.target}"'
            case "add":
                said = f'Add the sentence "{self.value}"'
            case "word":
                said = f'Write "{self.value}" instead of "{self.target}".'
            case "form":
                said = f'Say "{self.value}" in German replies.'
            case "length":
                said = "Keep replies short."
            case "price":
                said = "Name no price in a first reply."
        return said

    @property
    def _block(self) -> str:
        """The block in words: the farewell of English replies."""
        replies, _, name = self.target.partition(".")
        return f"the {name.replace('_', ' ').replace('.', ' about ')} of {REPLIES.get(replies, replies)}"


@dataclass(frozen=True)
class Preference:
    """A preference as it stands: its newest version. `since` is when its first version was put in force."""

    id: str
    habit: Habit
    version: int
    item_id: str
    in_force: bool
    since: str
    changed_at: str
    decisions: tuple[str, ...]
    item_ids: tuple[str, ...]
    reason: str = ""

    @property
    def template(self) -> str:
        """The building block and its version, where it is about one: `en.farewell@2`; the shipped wording is 1."""
        return f"{self.habit.target}@{self.version + 1}" if self.habit.action == "block" else ""


def read_preferences(connection: Connection) -> list[Preference]:
    """Every preference there ever was, by topic, each at its newest version."""
    column = memory_items.c
    items = read_items(connection, all_items().where(column.kind == KIND, column.subject == SUBJECT))
    by_id: dict[str, list[Item]] = {}
    for item in items:
        by_id.setdefault(str(item.attributes["preference"]), []).append(item)
    found = [_preference(id_, versions) for id_, versions in by_id.items()]
    return sorted(found, key=lambda one: one.habit.topic)


def in_force(connection: Connection) -> list[Preference]:
    """The preferences that are followed now, by topic."""
    return [one for one in read_preferences(connection) if one.in_force]


def get(connection: Connection, preference_id: str) -> Preference:
    """The preference of that id; `NotFound` where there is none."""
    found = [one for one in read_preferences(connection) if one.id == preference_id]
    if not found:
        raise NotFound(f"There is no preference {preference_id}.", "List them with `aios preferences`.")
    return found[0]


def put_in_force(tx: Connection, log: EventLog, habit: Habit, decisions: Sequence[str]) -> str:
    """Follow a habit from now on; what was in force on its topic is closed. Returns the preference's id."""
    id_ = _id_of(habit)
    before = next((one for one in read_preferences(tx) if one.id == id_), None)
    if before is not None and before.in_force:
        _close(tx, log, before.item_id, "a newer version took its place")
    version = before.version + 1 if before else 1
    known = before.decisions if before else ()
    attributes = {
        "preference": id_,
        "version": version,
        "action": habit.action,
        "target": habit.target,
        "value": habit.value,
        "language": habit.language,
        "decisions": list(dict.fromkeys((*known, *decisions))),
    }
    told = Told(habit.words, KIND, f"Preference: {habit.words}"[:200], SUBJECT, f"preference:{id_}")
    tell(tx, log, [replace(told, attributes=attributes)])
    return id_


def switch_off(log: EventLog, preference_id: str) -> Preference:
    """Follow it no more, until it is switched on again. `Conflict` where it is off."""
    with log.database.write() as tx:
        found = get(tx, preference_id)
        if not found.in_force:
            raise Conflict(f"{preference_id} is off already.", "Switch it on with `aios preferences on`.")
        _close(tx, log, found.item_id, "switched off by the owner")
        return get(tx, preference_id)


def switch_on(log: EventLog, preference_id: str) -> Preference:
    """Follow it again, as its next version. `Conflict` where it is on."""
    with log.database.write() as tx:
        found = get(tx, preference_id)
        if found.in_force:
            raise Conflict(f"{preference_id} is on already.", "Switch it off with `aios preferences off`.")
        put_in_force(tx, log, found.habit, found.decisions)
        return get(tx, preference_id)


def _close(tx: Connection, log: EventLog, item_id: str, reason: str) -> None:
    closed = MemoryClosed(item_id=item_id, reason=reason)
    log.append(tx, NewEvent(f"memory/{item_id}", closed, actor="owner"))
    lexical.close(tx, [item_id])


def _id_of(habit: Habit) -> str:
    return f"pref-{digest(habit.topic)[:12]}"


def _preference(id_: str, versions: Iterable[Item]) -> Preference:
    ordered = sorted(versions, key=lambda item: int(item.attributes["version"]))
    newest = ordered[-1]
    said = newest.attributes
    action = cast(Action, said["action"])
    return Preference(
        id=id_,
        habit=Habit(action, str(said["target"]), str(said["value"]), str(said["language"])),
        version=int(said["version"]),
        item_id=newest.item_id,
        in_force=not newest.closed_at,
        since=ordered[0].added_at,
        changed_at=newest.closed_at or newest.added_at,
        decisions=tuple(str(one) for one in said["decisions"]),
        item_ids=tuple(item.item_id for item in ordered),
        reason=newest.closed_reason,
    )
