"""`Words`: what names a person (addresses, numbers, names), and whether something does."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

SHORTEST = 4
"""Characters: what is shorter stands in too many texts that are about somebody else."""


class Words:
    """What names a person. Found as whole words, in any case, whatever blanks stand between them."""

    def __init__(self, words: Iterable[str]) -> None:
        self.all = frozenset(word for word in (" ".join(each.split()) for each in words) if len(word) >= SHORTEST)
        patterns = (r"\s+".join(map(re.escape, word.split())) for word in sorted(self.all))
        self._pattern = re.compile(rf"(?<![\w.+-])(?:{'|'.join(patterns)})(?![\w-])", re.IGNORECASE)

    def name(self, text: str) -> bool:
        """Whether the text names the person."""
        return bool(self.all) and self._pattern.search(text) is not None

    def named_in(self, value: Any) -> bool:
        """Whether any text in a JSON value does."""
        return any(self.name(text) for text in texts(value))

    def named_in_bytes(self, data: bytes, media_type: str) -> bool:
        """Whether content does, as far as it can be read as text."""
        if media_type.endswith("json"):
            try:
                return self.named_in(json.loads(data))
            except (ValueError, RecursionError):
                pass  # it only says that it is JSON, and is read as it stands
        return self.name(data.decode("utf-8", "replace"))


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names of fields included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in cast(dict[str, Any], value).items():
            yield name
            yield from texts(each)
    elif isinstance(value, list):
        for each in cast(list[Any], value):
            yield from texts(each)
