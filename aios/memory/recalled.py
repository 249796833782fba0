"""`Recalled`: an item that a search found, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from aios.memory import lexical
from aios.memory.fusion import Fused
from aios.memory.item import Item, text_of
from aios.memory.stems import stem

REMEMBERED = 1000
"""Items whose words are remembered: the same ones are found for each of many cases."""


@dataclass(frozen=True)
class Recalled:
    """A found item. `lexical` and `vector` are its scaled scores on either side, None where that side missed it.

    `why` is a sentence for people; it holds no number, so that it is the same on every store. `words` of the query
    stand in the item itself, `beside` in its neighbours only. `similarity` is the cosine between query and item.
    `priors` are what was added for other reasons. `also` names the sources that say the very same.
    """

    item_id: str
    title: str
    text: str
    source: str
    kind: str
    score: float
    lexical: float | None
    vector: float | None
    why: str
    words: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    similarity: float | None = None
    priors: Mapping[str, float] = field(default_factory=dict[str, float])
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recall:
    """What a search found, best first; `notice` says what could not be searched, such as the vector index."""

    found: tuple[Recalled, ...]
    notice: str = ""


def recalled(
    item: Item, one: Fused, query: str, stems_beside: Collection[str] = (), also: Sequence[str] = ()
) -> Recalled:
    """The item as the search found it; `stems_beside` stand in its neighbours."""
    asked = lexical.terms(query)
    own = _stems_of(text_of(item))
    words = tuple(word for word in asked if stem(word) in own)
    beside = tuple(word for word in asked if (stemmed := stem(word)) in stems_beside and stemmed not in own)
    return Recalled(
        item_id=item.item_id,
        title=item.title,
        text=item.text,
        source=item.source,
        kind=item.kind,
        score=one.score,
        lexical=one.lexical,
        vector=one.vector,
        why=_why(one, words),
        words=words,
        beside=beside,
        similarity=one.similarity,
        priors=one.priors,
        also=tuple(also),
    )


def _why(one: Fused, words: Sequence[str]) -> str:
    said = f"says {', '.join(words[:5])}" if words else "stands beside what was asked for"
    reasons = [said if one.lexical is not None else "", "means the like" if one.vector is not None else ""]
    return " and ".join(reason for reason in reasons if reason)


@lru_cache(maxsize=REMEMBERED)
def _stems_of(text: str) -> frozenset[str]:
    return frozenset(lexical.stems(text))
