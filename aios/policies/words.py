"""Word lists: find listed words in a text, whatever its case, width or invisible characters."""

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


def plain(text: str) -> str:
    """The text as a word list reads it: one case, one form of each letter, single spaces, nothing invisible."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(unicodedata.normalize("NFKC", visible.casefold()).split())


def found_words(words: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The words of the text that the list names, in order, each once; `*` at an end stands for any letters."""
    if not words:
        return ()
    matches = (match.group() for match in _pattern(words).finditer(plain(text)))
    return tuple(dict.fromkeys(matches))


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w){_one(word)}(?!\w)" for word in words))


def _one(word: str) -> str:
    parts = (re.escape(part).replace(r"\ ", r"\s+") for part in plain(word).split("*"))
    return r"\w*".join(parts)
