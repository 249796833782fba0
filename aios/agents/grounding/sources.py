"""`Sources`: what a draft may rest on; our own pieces, and what the lead wrote."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from aios.agents.grounding.dates import looser
from aios.agents.grounding.figure import Figure, Key
from aios.agents.grounding.figures import figures
from aios.agents.grounding.promises import Promise, promises
from aios.agents.grounding.reading import read
from aios.agents.matching import topics

_HEADING = re.compile(r"\s*#")


@dataclass(frozen=True)
class Source:
    """One text with its figures and promises."""

    text: str
    figures: tuple[Figure, ...]
    promises: tuple[Promise, ...]

    @property
    def keys(self) -> frozenset[tuple[str, Key]]:
        """Everything its figures say, by kind."""
        return frozenset((figure.kind, key) for figure in self.figures for own in figure.keys for key in looser(own))

    def topics_near(self, promise: Promise) -> frozenset[str]:
        """What the promise's line speaks of, with the headings over it."""
        over = [line for line in self.text[: promise.start].split("\n")[:-1] if _HEADING.match(line)]
        start = self.text.rfind("\n", 0, promise.start) + 1
        end = self.text.find("\n", promise.end)
        title = self.text.partition("\n")[0]
        line = (self.text[start : promise.start], self.text[promise.end : end if end >= 0 else None])
        return topics("\n".join((title, *over[-1:], *line)))


@lru_cache(maxsize=512)
def source(text: str) -> Source:
    """The text as a source."""
    reading = read(text)
    return Source(reading.text, tuple(figures(reading.text)), tuple(promises(reading.text)))


@dataclass(frozen=True)
class Sources:
    """All texts of one side."""

    texts: tuple[Source, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Sources":
        """The texts, each read once."""
        return cls(tuple(source(text) for text in texts if text))

    def same(self, figure: Figure) -> list[tuple[Figure, Source]]:
        """The figures of the same kind and value, each with the text it is in."""
        return [
            (other, text)
            for text in self.texts
            for other in text.figures
            if other.kind == figure.kind and any(looser(key) & figure.keys for key in other.keys)
        ]

    def of_kind(self, kind: str) -> list[Figure]:
        """Every figure of a kind."""
        return [figure for text in self.texts for figure in text.figures if figure.kind == kind]

    def values(self, kind: str) -> set[str]:
        """The addresses of a kind, as they are compared."""
        return {str(key[0]) for figure in self.of_kind(kind) for key in figure.keys}

    def promised(self, family: str, about: frozenset[str]) -> bool:
        """Whether one of the texts makes a promise of that family about one of these topics, and does not deny it."""
        own = ((promise, text) for text in self.texts for promise in text.promises)
        return any(
            promise.family == family and not promise.denied and bool(about & text.topics_near(promise))
            for promise, text in own
        )
