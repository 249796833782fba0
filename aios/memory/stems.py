"""Stems: the forms of an English word (order, orders, ordering) as one, by M. F. Porter's rules of 1980.

Words of other languages keep most of their letters, and are found by them.
"""

from collections.abc import Sequence
from functools import lru_cache

REMEMBERED = 50_000

Rules = Sequence[tuple[str, str]]


def _rules(text: str) -> Rules:
    """Each ending with what replaces it; the longest ending first, since only one rule of a step applies."""
    pairs = [(ending, other) for ending, _, other in (rule.partition(":") for rule in text.split())]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


_PLURAL = _rules("sses:ss ies:i ss:ss s:")
_LONG = _rules(
    "ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous ization:ize"
    " ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive biliti:ble logi:log"
)
_MIDDLE = _rules("icate:ic ative: alize:al iciti:ic ical:ic ful: ness:")
_LAST = _rules("al: ance: ence: er: ic: able: ible: ant: ement: ment: ent: ion: ou: ism: ate: iti: ous: ive: ize:")


@lru_cache(maxsize=REMEMBERED)
def stem(word: str) -> str:
    """What the forms of a word have in common; the word itself where it is short or not of plain letters."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    word = _without_past(_replaced(word, _PLURAL, least=0))
    if word.endswith("y") and "v" in _kinds(word[:-1]):
        word = word[:-1] + "i"
    for rules, least in ((_LONG, 1), (_MIDDLE, 1), (_LAST, 2)):
        word = _replaced(word, rules, least)
    before = word[:-1]
    if word.endswith("e") and (_measure(before) > 1 or (_measure(before) == 1 and not _is_short(before))):
        return before if not before.endswith("ll") or _measure(before) <= 1 else before[:-1]
    return before if word.endswith("ll") and _measure(word) > 1 else word


def _replaced(word: str, rules: Rules, least: int) -> str:
    """The word after the rule that fits it, if what stands before the ending has as many syllables as `least`."""
    for ending, other in rules:
        if word.endswith(ending):
            before = word.removesuffix(ending)
            kept = _measure(before) < least or (ending == "ion" and not before.endswith(("s", "t")))
            return word if kept else before + other
    return word


def _without_past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        before = word.removesuffix(ending)
        if before == word or "v" not in _kinds(before):
            continue
        if before.endswith(("at", "bl", "iz")):
            return before + "e"
        if before[-2:-1] == before[-1:] and before[-1] not in "aeioulsz":
            return before[:-1]
        return before + "e" if _measure(before) == 1 and _is_short(before) else before
    return word


def _kinds(word: str) -> str:
    """The word as vowels (v) and consonants (c); y is a vowel after a consonant."""
    kinds = ""
    for letter in word:
        kinds += "v" if letter in "aeiou" or (letter == "y" and kinds.endswith("c")) else "c"
    return kinds


def _measure(word: str) -> int:
    """How often a vowel is followed by a consonant: roughly, its syllables."""
    return _kinds(word).count("vc")


def _is_short(word: str) -> bool:
    return _kinds(word)[-3:] == "cvc" and word[-1] not in "wxy"
