"""The owner's preferences as their page, the API and the command line show them."""

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from aios.learning import effect
from aios.learning.effect import Changed, Distance
from aios.memory.preferences import Preference, get, read_preferences


@dataclass(frozen=True)
class Shown:
    """A preference with what it says, where it comes from, what it changed, and the edit distance around it.

    `before` and `after` are about all drafts that were sent before and since it was first accepted.
    """

    id: str
    says: str
    topic: str
    value: str
    template: str
    version: int
    in_force: bool
    since: str
    changed_at: str
    reason: str
    decisions: tuple[str, ...]
    changed: tuple[Changed, ...]
    before: Distance
    after: Distance


def read_all(connection: Connection) -> list[Shown]:
    """Every preference, those in force first."""
    sent = effect.sent_drafts(connection)
    found = sorted(read_preferences(connection), key=lambda one: (not one.in_force, one.habit.topic))
    return [_shown(connection, one, sent) for one in found]


def read_one(connection: Connection, preference_id: str) -> Shown:
    """The preference of that id; `NotFound` where there is none."""
    return _shown(connection, get(connection, preference_id), effect.sent_drafts(connection))


def distances(connection: Connection) -> dict[str, Distance]:
    """How far what was sent is from what was drafted, by agent version."""
    return effect.by_version(effect.sent_drafts(connection))


def _shown(connection: Connection, one: Preference, sent: list[effect.Sent]) -> Shown:
    before, after = effect.around(sent, one.since)
    return Shown(
        id=one.id,
        says=one.habit.words,
        topic=one.habit.topic,
        value=one.habit.value,
        template=one.template,
        version=one.version,
        in_force=one.in_force,
        since=one.since,
        changed_at=one.changed_at,
        reason=one.reason,
        decisions=one.decisions,
        changed=tuple(effect.changed_by(connection, one)),
        before=before,
        after=after,
    )
