"""Fusion: one ranking out of what words found and what meaning found."""

from collections.abc import Sequence
from dataclasses import dataclass

EACH = 50
"""How many of the best of each ranking take part."""


@dataclass(frozen=True)
class Fused:
    """A found item. `lexical` and `vector` are its scaled scores, from 0 to 1; None where that side did not find it."""

    item_id: str
    score: float
    lexical: float | None
    vector: float | None


def fuse(lexical: Sequence[tuple[str, float]], vector: Sequence[tuple[str, float]]) -> list[Fused]:
    """The union of both, by the sum of their min-max scaled scores; measured better than either and than rank sums.

    Equal scores keep the order in which words, then meaning, found them.
    """
    by_words, by_meaning = _scaled(lexical[:EACH]), _scaled(vector[:EACH])
    found = [
        Fused(
            item_id=item_id,
            score=round(by_words.get(item_id, 0.0) + by_meaning.get(item_id, 0.0), 6),
            lexical=by_words.get(item_id),
            vector=by_meaning.get(item_id),
        )
        for item_id in dict.fromkeys([*by_words, *by_meaning])
    ]
    return sorted(found, key=lambda one: -one.score)


def _scaled(ranking: Sequence[tuple[str, float]]) -> dict[str, float]:
    if not ranking:
        return {}
    scores = [score for _, score in ranking]
    low, span = min(scores), max(scores) - min(scores)
    return {item_id: round((score - low) / span, 6) if span else 1.0 for item_id, score in ranking}
