"""What preferences brought: how far what was sent is from what was drafted, and which drafts were written with them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.cases.tables import artifacts
from aios.database import blobs
from aios.decisions.decisions import EFFECT
from aios.decisions.shown import Shown
from aios.decisions.tables import decisions
from aios.memory.preferences import Preference

DRAFTS = "lead_reply_draft"
MOST = 500
"""So many of the newest decisions and drafts are looked at."""


@dataclass(frozen=True)
class Sent:
    """A draft that went out: by which agent version, when it was shown, and how far what was sent is from it (0–1)."""

    decision_id: str
    agent_version: str
    at: str
    distance: float


@dataclass(frozen=True)
class Distance:
    """The mean distance over so many drafts; None over none."""

    drafts: int
    mean: float | None


@dataclass(frozen=True)
class Changed:
    """A draft that would be another without the preference."""

    case_id: str
    version: int
    at: str


def edit_distance(before: str, after: str) -> float:
    """The share of the words of both texts that are not in both, in order: 0 is the same, 1 all different."""
    if before == after:
        return 0.0
    one, other = before.split(), after.split()
    return round(1 - SequenceMatcher(None, one, other, autojunk=False).ratio(), 4)


def sent_drafts(connection: Connection) -> list[Sent]:
    """The newest drafts that the owner approved, as they were or edited; the newest first."""
    query = sa.select(decisions).where(decisions.c.kind == EFFECT, decisions.c.status.in_(("approved", "edited")))
    rows = connection.execute(query.order_by(decisions.c.position.desc()).limit(MOST)).mappings().all()
    found: list[Sent] = []
    for row in rows:
        shown = Shown.model_validate(blobs.find_json(connection, row["shown"], {"title": "forgotten on request"}))
        before = shown.proposal.get("text")
        if isinstance(before, str):
            edits: dict[str, object] = blobs.find_json(connection, row["edits_blob"], {})
            made = shown.provenance
            version = f"{made.get('agent', 'unknown')}@{made.get('agent_version', '?')} ({made.get('tier', '?')})"
            distance = _distance(before, str(edits.get("text", before)))
            found.append(Sent(row["id"], version, row["opened_at"], distance))
    return found


def by_version(sent: Iterable[Sent]) -> dict[str, Distance]:
    """The distance of each agent version's drafts."""
    grouped: dict[str, list[Sent]] = defaultdict(list)
    for one in sent:
        grouped[one.agent_version].append(one)
    return {name: _mean(group) for name, group in sorted(grouped.items())}


def around(sent: Iterable[Sent], moment: str) -> tuple[Distance, Distance]:
    """The distance of the drafts that were shown before a moment, and of those after it."""
    sent = list(sent)
    return _mean([one for one in sent if one.at < moment]), _mean([one for one in sent if one.at >= moment])


def changed_by(connection: Connection, preference: Preference) -> list[Changed]:
    """The drafts that name a version of the preference in their provenance, the newest first."""
    query = sa.select(artifacts).where(artifacts.c.step == DRAFTS, artifacts.c.at >= preference.since)
    rows = connection.execute(query.order_by(artifacts.c.at.desc()).limit(MOST)).mappings().all()
    own = set(preference.item_ids)
    return [
        Changed(row["case_id"], row["version"], row["at"])
        for row in rows
        if own & set(row["provenance"].get("preferences", ()))
    ]


def _mean(group: list[Sent]) -> Distance:
    return Distance(len(group), round(sum(one.distance for one in group) / len(group), 4) if group else None)


_distance = lru_cache(maxsize=2000)(edit_distance)
