"""`figures`: every figure in a reading, each place once, with what it means."""

import re
from collections.abc import Callable, Iterator

from aios.agents.grounding.addresses import emails, links, phones
from aios.agents.grounding.dates import dates, times
from aios.agents.grounding.durations import durations
from aios.agents.grounding.figure import Figure
from aios.agents.grounding.prices import prices
from aios.amounts import NUMBER, find_bare_amounts, read_number

_PERCENT = re.compile(
    r"(?<![\w.,])(?P<a>\d+(?:[.,]\d+)?)(?:\s?%?\s?(?:-|to|bis)\s?(?P<b>\d+(?:[.,]\d+)?))?"
    r"\s?(?:%|percent|per cent|pct|prozent|procent|pour ?cent|por ciento)(?!\w)",
    re.I,
)
_SHARES = {
    "1/2": r"half(?! past)|halve[sd]?|hälfte|halbe[nrms]?|halb(?= so)|½",
    "1/3": r"(?:a|one|1) third|ein drittel|1 drittel|⅓",
    "2/3": r"2 thirds|2 drittel|⅔",
    "1/4": r"quarter(?= (?:of|off|less|cheaper|more|down))|(?:ein|1) viertel|¼",
    "3/4": r"3[ -]quarters|3 viertel|dreiviertel|¾",
    "2": r"twice|doubl(?:e|es|ed|ing)|doppelt\w*|verdoppel\w*|zweimal|2mal",
    "3": r"thrice|tripl(?:e|es|ed|ing)|dreifach\w*|dreimal|3mal",
}
_SHARE = [(key, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.I)) for key, words in _SHARES.items()]
_ROMAN = re.compile(r"(?<!\w)[MDCLXVI]{2,}(?=\s?(?:€|%|(?:eur|euros?|usd|dollars?|percent|prozent)(?!\w)))", re.I)
_LIST_MARK = re.compile(r"^[ \t>]*\(?\d{1,2}[.)](?=\s)", re.M)
_COUNTED_TALK = re.compile(
    r"(?<![\w.,])(?:[2-9]|1[0-2])"
    r"(?=(?: (?:quick|short|brief|small|more|kurze[nr]?|kleine[nr]?|weitere[nr]?|offene[nr]?))*"
    r" (?:questions?|things?|points?|details?|facts?|fragen|punkte[n]?|dinge|angaben)(?!\w))",
    re.I,
)
_TOKEN = re.compile(rf"(?<![\w.,]){NUMBER}(?!\w)|(?<!\w)\w*\d\w*")

_TAKEN = "\ufffc"
"""Stands where a figure was; no finder reads over it."""

Finder = Callable[[str], Iterator[Figure]]


def figures(text: str) -> list[Figure]:
    """The figures of a reading's text, in order. What one kind has taken, a later kind does not see."""
    rest = _LIST_MARK.sub(_blank, _COUNTED_TALK.sub(_blank, text))
    found: list[Figure] = []
    for finder in _FINDERS:
        letters = list(rest)
        for figure in finder(rest):
            if _TAKEN not in letters[figure.start : figure.end]:
                letters[figure.start : figure.end] = _TAKEN * (figure.end - figure.start)
                found.append(figure)
        rest = "".join(letters)
    return sorted(found, key=lambda figure: figure.start)


def numbers(text: str) -> Iterator[Figure]:
    """Every number that is nothing else, and every word that holds a digit."""
    for match in _TOKEN.finditer(text):
        bare = find_bare_amounts(text[match.start() : match.end()], "")
        plain = re.fullmatch(NUMBER, match.group())
        key = ("number", read_number(match.group()).normalize()) if plain else ("code", match.group().lower())
        if bare and not plain and len(bare) == 1:
            key = ("number", bare[0].low.normalize())
        yield Figure("number", frozenset({key}), match.start(), match.end())


def shares(text: str) -> Iterator[Figure]:
    """Every share or multiple in words (`half`, `ein Drittel`, `twice`), and Roman numerals that count money."""
    for key, pattern in _SHARE:
        for match in pattern.finditer(text):
            yield Figure("number", frozenset({("share", key)}), match.start(), match.end())
    for match in _ROMAN.finditer(text):
        yield Figure("number", frozenset({("roman", match.group().lower())}), match.start(), match.end())


def percents(text: str) -> Iterator[Figure]:
    """Every percentage."""
    for match in _PERCENT.finditer(text):
        low = read_number(match["a"]).normalize()
        high = read_number(match["b"]).normalize() if match["b"] else low
        yield Figure("percent", frozenset({("percent", low, high)}), match.start(), match.end())


def _blank(match: re.Match[str]) -> str:
    return _TAKEN * len(match.group())


_FINDERS: tuple[Finder, ...] = (emails, links, prices, percents, dates, times, durations, phones, shares, numbers)
