"""Priors: what speaks for an item whatever is asked: it is about this contact, it is new, it was of use before.

They are small beside what words and meaning say (each of which counts up to 1): they order what fits about equally.
"""

import math
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from aios.memory.uses import Uses

ENTITY = 0.15
"""For what is about the case's contact."""

RECENCY, HALF_LIFE_DAYS = 0.05, 180
"""For what was learned now; half of it for what was learned so many days ago."""

USEFULNESS, MANY_USES = 0.05, 32
"""For what so many contexts have held, or more, the last of them now; it fades as recency does."""


def priors(subject: str, since: str, uses: Uses | None, *, about: Collection[str], at: str) -> dict[str, float]:
    """What speaks at a moment for an item on a subject, known or valid since; what says nothing is left out."""
    given = {"entity": ENTITY if subject in about else 0.0, "recency": RECENCY * _freshness(since, at)}
    if uses is not None:
        much = min(1.0, math.log2(1 + uses.count) / math.log2(1 + MANY_USES))
        given["usefulness"] = USEFULNESS * much * _freshness(uses.last, at)
    return {name: round(value, 4) for name, value in given.items() if value >= 0.00005}


@lru_cache(maxsize=4096)
def _freshness(moment: str, at: str) -> float:
    """1 for now and what is to come, half of it for each half-life since. Much is learned at the same moment."""
    try:
        passed = _parsed(at) - datetime.fromisoformat(moment)
    except (ValueError, TypeError):  # a date alone, or one that somebody wrote by hand
        return 0.0
    return 0.5 ** max(0.0, passed.total_seconds() / 86_400 / HALF_LIFE_DAYS)


@lru_cache(maxsize=16)
def _parsed(at: str) -> datetime:
    """Of one search, the moment is the same for every item."""
    return datetime.fromisoformat(at)
