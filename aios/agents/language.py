"""Which language a text is in."""

import re
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

REMEMBERED = 1000
"""Texts whose language is remembered: the same pieces about the business are read for each of many cases."""

_KNOWN = "en de fr es it nl pt pl cs sk da sv no fi hu ro tr ru uk bg hr sl et lv lt el ar he fa hi zh ja ko".split()
_COMMON = {
    "en": (
        "the and you your we are is our please hello hi thanks thank need would for with how much dear could can what"
    ).split(),
    "de": (
        "und der die das wir ich sie ihr ihre uns bitte hallo guten tag moin danke brauchen suchen für mit nicht ist "
        "eine einen ein haben auf gruß grüße was wie kostet liebe sehr geehrte"
    ).split(),
}
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\d\W_]+")


@lru_cache(maxsize=REMEMBERED)
def language_of(text: str, fallback: str = "en") -> tuple[str, float]:
    """The ISO 639-1 code of the text's language and how sure that is; `fallback` and 0 where there are no words."""
    words = _NOISE.sub(" ", text[:5000].lower()).split()
    if not words:
        return fallback, 0.0
    shares = {code: sum(word in common for word in words) for code, common in _COMMON.items()}
    best = max(shares, key=lambda code: shares[code])
    if len(words) < 8 and shares[best] > min(shares.values()):
        return best, 0.7
    code, probability = _identifier().classify(" ".join(words))
    if len(words) < 4 and probability < 0.9:
        return fallback, 0.3
    return str(code), float(probability)


@cache
def _identifier() -> Any:
    """The model, loaded once and limited to languages in which mail is likely, for the sake of short texts."""
    library: Any = import_module("py3langid.langid")
    identifier = library.LanguageIdentifier.from_model_file(library.MODEL_FILE, norm_probs=True)
    identifier.set_languages(_KNOWN)
    return identifier
