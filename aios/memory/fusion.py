"""Fusion: one ranking out of what words found and what meaning found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

EACH = 100
"""How many of the best of each ranking take part."""

MEANING = 0.5
"""What meaning counts for beside words: less, since words see an item's neighbours too. From 0.4 to 0.7 all is well."""


@dataclass(frozen=True)
class Fused:
    """A found item. `lexical` and `vector` are its scaled scores, from 0 to 1; None where that side did not find it.

    `similarity` is the vector side's own figure; `priors` are parts of the score that the query has no say in.
    """

    item_id: str
    score: float
    lexical: float | None
    vector: float | None
    similarity: float | None = None
    priors: Mapping[str, float] = field(default_factory=dict[str, float])


def fuse(lexical: Sequence[tuple[str, float]], vector: Sequence[tuple[str, float]], each: int = EACH) -> list[Fused]:
    """The union of both, by the weighed sum of their min-max scaled scores: better than either, and than rank sums.

    Equal scores keep the order in which words, then meaning, found them.
    """
    similarity = dict(vector)
    by_words, by_meaning = _scaled(lexical[:each]), _scaled(vector[:each])
    found = [
        Fused(
            item_id=item_id,
            score=round(by_words.get(item_id, 0.0) + MEANING * by_meaning.get(item_id, 0.0), 6),
            lexical=by_words.get(item_id),
            vector=by_meaning.get(item_id),
            similarity=round(similarity[item_id], 4) if item_id in similarity else None,
        )
        for item_id in dict.fromkeys([*by_words, *by_meaning])
    ]
    return sorted(found, key=lambda one: -one.score)


def weighed(ranking: Sequence[Fused], priors: Mapping[str, Mapping[str, float]]) -> Iterator[Fused]:
    """The ranking with the priors of each item added, as far as it is looked at."""
    raised = [round(one.score + sum(priors.get(one.item_id, {}).values()), 6) for one in ranking]
    for at in sorted(range(len(ranking)), key=lambda at: -raised[at]):
        yield replace(ranking[at], score=raised[at], priors=priors.get(ranking[at].item_id, {}))


def _scaled(ranking: Sequence[tuple[str, float]]) -> dict[str, float]:
    if not ranking:
        return {}
    scores = [score for _, score in ranking]
    low, span = min(scores), max(scores) - min(scores)
    return {item_id: round((score - low) / span, 6) if span else 1.0 for item_id, score in ranking}
