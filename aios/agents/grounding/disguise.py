"""Disguise: words that a person reads and a word list does not; mixed alphabets, letters pulled apart or enclosed."""

import re
import unicodedata
from collections.abc import Iterator

from aios.agents.grounding.promises import promises
from aios.agents.grounding.reading import read

_WORD = re.compile(r"[^\W\d_]{2,}")
_APART = re.compile(r"(?<![\w.])(?:(?:[^\W\d_][ _.·•|-]){4,}|(?:[^\W\d_] ){3})[^\W\d_](?!\w)")
_PHONETIC = re.compile("[\u0250-\u02af\u1d00-\u1dbf\ua720-\ua7ff]")
_ENCLOSED = re.compile("[\U0001f110-\U0001f189]+")
_BROKEN = re.compile(r"(?<=[^\W\d_])[-/.'](?=[^\W\d_])")
_BESIDE_LATIN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC")
"""Scripts that stand beside Latin letters without a space."""


def disguised(text: str) -> Iterator[str]:
    """Every word of the text that is not what it looks like."""
    for match in _WORD.finditer(text):
        if _PHONETIC.search(match.group()) or len(_scripts(match.group())) > 1:
            yield match.group()
    for pattern in (_APART, _ENCLOSED):
        yield from (match.group() for match in pattern.finditer(text))
    yield from _broken_promises(read(text).text)


def _scripts(word: str) -> set[str]:
    names = (unicodedata.name(letter, "UNNAMED LETTER") for letter in word)
    scripts = {"LATIN" if "LATIN" in name else name.split()[0] for name in names}
    return scripts.difference(_BESIDE_LATIN)


def _broken_promises(text: str) -> Iterator[str]:
    """Promises that appear only when marks inside words are taken away: `gu-arantee`."""
    known = {promise.family for promise in promises(text)}
    joined = _BROKEN.sub("", text)
    yield from (joined[p.start : p.end] for p in promises(joined) if p.family not in known and not p.denied)
