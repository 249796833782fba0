"""`Recalled`: an item that a search found, and why."""

from dataclasses import dataclass
from functools import lru_cache

from aios.memory import lexical
from aios.memory.fusion import Fused
from aios.memory.item import Item

REMEMBERED = 1000
"""Items whose words are remembered: the same ones are found for each of many cases."""


@dataclass(frozen=True)
class Recalled:
    """A found item. `lexical` and `vector` are its scaled scores on either side, None where that side missed it.

    `why` is a sentence for people; it holds no number, so that it is the same on every store.
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


@dataclass(frozen=True)
class Recall:
    """What a search found, best first; `notice` says what could not be searched, such as the vector index."""

    found: tuple[Recalled, ...]
    notice: str = ""


def recalled(item: Item, one: Fused, query: str) -> Recalled:
    """The item as the search found it."""
    return Recalled(
        item_id=item.item_id,
        title=item.title,
        text=item.text,
        source=item.source,
        kind=item.kind,
        score=one.score,
        lexical=one.lexical,
        vector=one.vector,
        why=_why(item, one, query),
    )


def _why(item: Item, one: Fused, query: str) -> str:
    held = _words_of(f"{item.title} {item.text}")
    shared = [word for word in lexical.terms(query) if word in held or any(_alike(word, other) for other in held)][:5]
    said = f"says {', '.join(shared)}" if shared else "stands beside what was asked for"
    reasons = [said if one.lexical is not None else "", "means the like" if one.vector is not None else ""]
    return " and ".join(reason for reason in reasons if reason)


@lru_cache(maxsize=REMEMBERED)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(lexical.terms(text, most=100_000))


def _alike(one: str, other: str) -> bool:
    """Whether they look like forms of one word (order, orders), as the index sees them."""
    return one == other or (min(len(one), len(other)) >= 4 and (one.startswith(other) or other.startswith(one)))
