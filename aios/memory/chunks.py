"""Chunks: a document cut at its headings into pieces of a few paragraphs, each under the headings it stands under."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_CHARACTERS = 1400
"""Length at which a section is cut; about 400 tokens, so that five or six pieces fill a snapshot."""

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*")
_TABLE_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*")


@dataclass(frozen=True)
class Chunk:
    """A piece of a document. `headings` lead to it from the document's title down."""

    headings: tuple[str, ...]
    text: str


def chunk(text: str, title: str, most: int = MOST_CHARACTERS) -> list[Chunk]:
    """The document as pieces, in order; a document without a heading of its own goes by `title`."""
    pieces: list[Chunk] = []
    for headings, body in _sections(text):
        path = headings or (title,)
        pieces.extend(Chunk(path, part) for part in _parts(body, most))
    return pieces


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading is None:
            lines.append(line)
            continue
        yield tuple(name for _, name in path), "\n".join(lines)
        level = len(heading[1])
        path = [*(outer for outer in path if outer[0] < level), (level, heading[2])]
        lines = []
    yield tuple(name for _, name in path), "\n".join(lines)


def _parts(body: str, most: int) -> Iterator[str]:
    held = ""
    for block in (piece for whole in re.split(r"\n\s*\n", body) for piece in _cut(whole.strip("\n"), most)):
        if held and len(held) + len(block) + 2 > most:
            yield held
            held = ""
        held = f"{held}\n\n{block}" if held else block
    if held:
        yield held


def _cut(block: str, most: int) -> Iterator[str]:
    if not block.strip():
        return
    if len(block) <= most:
        yield block
        return
    lines = block.split("\n")
    is_table = len(lines) > 2 and _TABLE_RULE.fullmatch(lines[1].strip()) is not None
    header = "\n".join(lines[:2]) + "\n" if is_table else ""
    held = header
    for line in lines[2 if is_table else 0 :]:
        for piece in _slices(line, max(1, most - len(header))):
            if len(held) > len(header) and len(held) + len(piece) + 1 > most:
                yield held.rstrip("\n")
                held = header
            held += piece + "\n"
    yield held.rstrip("\n")


def _slices(line: str, most: int) -> Iterator[str]:
    while len(line) > most:
        end = line.rfind(" ", most // 2, most)
        end = most if end < 0 else end
        yield line[:end]
        line = line[end:].lstrip(" ")
    yield line
