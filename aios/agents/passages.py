"""Passages: a message as its sentences, whatever width its lines were wrapped at."""

import re
from itertools import pairwise

_END = re.compile(
    r"(?<=[.!?])(?<!\b[A-Za-zÄÖÜ]\.)(?<!\d\.)(?<!ca\.)(?<!bzw\.)(?<!incl\.)(?<!inkl\.)(?<!zzgl\.)(?<!Mr\.)(?<!Dr\.)(?<![Tt]sd\.)(?<!Mio\.)(?<!Fr\.)\s+"
    r"|\n+"
)
_ITEM = re.compile(r"\s*(?:[-*+•>]|\d{1,2}[.)]\s)")


def flowing(text: str) -> str:
    """The text with wrapped lines joined; empty lines, list items and lines that end early stay apart."""
    return "\n".join(_joined(paragraph) for paragraph in re.split(r"\n\s*\n", text))


def sentences(text: str) -> list[str]:
    """The sentences and list items of a text, without empty ones."""
    parts = (" ".join(part.split()) for part in _END.split(flowing(text)))
    return [part for part in parts if part]


def _joined(paragraph: str) -> str:
    lines = paragraph.split("\n")
    widest = max(len(line) for line in lines)
    joined = lines[0]
    for before, line in pairwise(lines):
        first = line.strip().split(" ")[0]
        wrapped = len(before) > 45 and len(before) + 1 + len(first) > widest - 10
        joined += f" {line.strip()}" if wrapped and not _ITEM.match(line) else f"\n{line}"
    return joined
