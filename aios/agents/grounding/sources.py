"""`Sources`: what a draft may rest on; our own pieces, and what the lead wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from aios.agents.grounding.dates import looser
from aios.agents.grounding.figure import Figure, Key
from aios.agents.grounding.figures import figures
from aios.agents.grounding.promises import Promise, promises
from aios.agents.grounding.reading import read


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

    def promised(self, family: str) -> bool:
        """Whether one of the texts makes a promise of that family, and does not deny it."""
        return any(p.family == family and not p.denied for text in self.texts for p in text.promises)
