"""`Reading`: a text in the one form in which figures are looked for, with the way back to what was written."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from aios.agents.grounding.numerals import ADJECTIVE, ENGLISH, WORD, english_value, german_value

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff*_`]")
_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2018\u2019\u201b\u02bc", "'"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000", " "),
        "\u2044": "/",
        "\u066b": ".",
        "\u066c": ",",
        "\u066a": "%",
    }
)
_LOOSE_MARKS = re.compile(r"\.{2,}|(?<!\d)[.,]+(?=\d)")
"""Points and commas before a number that are no part of it: `...8 weeks`, `done.8 weeks`."""
_ONE = re.compile(
    r"(?<!\w)(?:one|einem|einen|einer|eines|eine|ein)(?=[\s-]+(?:business |working |full |volle[rn]? )?"
    r"(?:minute|hour|day|week|month|quarter|year|stunde|tag|werktag|arbeitstag|woche|monat|quartal|jahr|percent"
    r"|prozent|euro|dollar))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """The text in its one form: plain digits, dashes and spaces, number words as digits, nothing invisible.

    `origin[i]` is where in `written` the letter `text[i]` comes from: start and end.
    """

    text: str
    written: str
    origin: tuple[tuple[int, int], ...]

    def quote(self, start: int, end: int) -> str:
        """What was written where the reading says `text[start:end]`."""
        if start >= end:
            return ""
        return self.written[self.origin[start][0] : self.origin[end - 1][1]].strip()


def read(text: str) -> Reading:
    """The reading of a text."""
    written = unicodedata.normalize("NFC", text)
    letters: list[str] = []
    origin: list[tuple[int, int]] = []
    for place, letter in enumerate(written):
        plain = _plain(letter)
        letters.append(plain)
        origin += [(place, place + 1)] * len(plain)
    text = _LOOSE_MARKS.sub(lambda match: " " * len(match.group()), "".join(letters))
    return _with_digits(text, written, origin)


def _plain(letter: str) -> str:
    if letter.isascii():
        return "" if letter in "*_`" else letter
    if _INVISIBLE.match(letter):
        return ""
    forms = unicodedata.normalize("NFKC", letter.translate(_SAME)).translate(_SAME)
    return "".join(str(unicodedata.digit(form, form)) for form in forms)


def _with_digits(text: str, written: str, origin: list[tuple[int, int]]) -> Reading:
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    done = 0
    for start, end, digits in _number_words(text):
        if start < done:
            continue
        parts += [text[done:start], digits]
        places += origin[done:start]
        places += [(origin[start][0], origin[end - 1][1])] * len(digits)
        done = end
    return Reading("".join([*parts, text[done:]]), written, tuple(places + origin[done:]))


def _number_words(text: str) -> list[tuple[int, int, str]]:
    return sorted([*_english(text), *_german(text), *((m.start(), m.end(), "1") for m in _ONE.finditer(text))])


def _english(text: str) -> Iterator[tuple[int, int, str]]:
    for match in ENGLISH.finditer(text):
        scale = match.group().lower() in ("thousand", "million") and re.search(
            r"\d\s?$", text[max(0, match.start() - 3) : match.start()]
        )
        if not scale and match.group().lower() not in ("one", "million"):
            yield match.start(), match.end(), str(english_value(match.group()))


def _german(text: str) -> Iterator[tuple[int, int, str]]:
    for match in WORD.finditer(text):
        word = match.group()
        ending = ADJECTIVE.search(word.lower())
        stem = word[: ending.start()] if ending else word
        value = german_value(stem) if len(stem) > 2 else None
        if value is not None:
            yield match.start(), match.start() + len(stem), str(value)
