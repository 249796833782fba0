"""A fingerprint of what somebody wrote: equal for the same words from the same sender, by whatever way they came."""

import re

from aios.events.catalog import IncomingMessage
from aios.ids import digest

FEWEST_WORDS = 5
_WORD = re.compile(r"\w+")


def fingerprint(message: IncomingMessage) -> str:
    """The fingerprint; empty where there are too few words, or nobody, to tell messages apart."""
    sender = message.sender.email.casefold() or "".join(_WORD.findall(message.sender.phone))
    words = _WORD.findall(message.text.casefold())
    return digest([sender, words]) if sender and len(words) >= FEWEST_WORDS else ""
