"""Manner: what the owner's preferences in a context ask of a draft."""

import re
from dataclasses import dataclass, replace

from aios.agents.drafter.blocks import reworded, sentences_of
from aios.agents.drafter.facts import Fact
from aios.agents.drafter.phrases import Phrases
from aios.agents.grounding.check import Ground, check_text
from aios.memory.context import ContextSnapshot, Piece

WISHES = {
    ("length", "short"): "shorter",
    ("price", "never"): "without price",
    ("form", "du"): "du",
    ("form", "sie"): "sie",
}
"""What a preference says in the words in which an owner sends a draft back."""


@dataclass(frozen=True)
class Manner:
    """The pieces that say how the owner writes. None of them can state what has no ground: such a one is left out."""

    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, context: ContextSnapshot) -> "Manner":
        """What the context holds of it."""
        return cls(tuple(piece for piece in context.pieces if piece.kind in ("preference", "template")))

    @property
    def wishes(self) -> dict[str, str]:
        """The standing wishes by what they are about; a wish of the moment goes before them."""
        said = ((piece.attributes.get("action", ""), piece.attributes.get("value", "")) for piece in self.pieces)
        return {action: WISHES[action, value] for action, value in said if (action, value) in WISHES}

    def phrases(self, phrases: Phrases, ground: Ground) -> Phrases:
        """The phrases in the owner's wording."""
        wordings = {piece.attributes["target"]: piece.attributes["value"] for piece in self._asking("block")}
        grounded = {name: text for name, text in wordings.items() if not check_text(re.sub(r"{\w+}", "", text), ground)}
        return reworded(phrases, grounded)

    def facts(self, facts: list[Fact], language: str, ground: Ground) -> list[Fact]:
        """The facts without those that are to be left out, in the owner's words."""
        unwanted = {piece.attributes["target"] for piece in self._asking("drop", language)}
        kept = (item for item in facts if item.text not in unwanted)
        return [replace(item, text=self.words(item.text, language, ground)) for item in kept]

    def words(self, text: str, language: str, ground: Ground) -> str:
        """The text with the words that the owner replaces replaced, where it stays as grounded as it was."""
        for piece in self._asking("word", language):
            word, value = piece.attributes["target"], piece.attributes["value"]
            changed = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _, value=value: value, text)
            if len(check_text(changed, ground)) <= len(check_text(text, ground)):
                text = changed
        return text

    def added(self, language: str, ground: Ground) -> list[str]:
        """Sentences that the owner always adds."""
        texts = [piece.attributes["value"] for piece in self._asking("add", language)]
        return [text for text in texts if not check_text(text, ground)]

    def without_dropped(self, line: str, language: str) -> str:
        """A line without the sentences that are to be left out."""
        unwanted = {piece.attributes["target"] for piece in self._asking("drop", language)}
        return " ".join(one for one in sentences_of(line) if one not in unwanted) if unwanted else line

    def _asking(self, action: str, language: str = "") -> list[Piece]:
        asking = (piece for piece in self.pieces if piece.attributes.get("action") == action)
        return [piece for piece in asking if not language or piece.attributes.get("language") in ("", language)]
