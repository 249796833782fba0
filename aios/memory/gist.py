"""The gist of a message: the one of its sentences that says most, word for word."""

import re

from aios.memory import lexical

LONGEST = 160
"""Characters of a gist; a longer sentence is cut at a word."""

_BREAKS = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_FIGURE = re.compile(r"\d")


def gist(text: str) -> str:
    """The sentence that asks, names figures and says the most different things; the first of equals."""
    found = [" ".join(part.split()) for part in _BREAKS.split(text)]
    found = [part for part in found if part and not part.startswith(">")]
    return _cut(max(found, key=_says, default=""))


def _says(sentence: str) -> int:
    words = {word for word in lexical.words(sentence) if word not in lexical.STOP}
    return min(len(words), 8) + 4 * sentence.endswith("?") + 2 * bool(_FIGURE.search(sentence))


def _cut(sentence: str) -> str:
    if len(sentence) <= LONGEST:
        return sentence
    return sentence[:LONGEST].rpartition(" ")[0].rstrip(" ,;:") + " […]"
