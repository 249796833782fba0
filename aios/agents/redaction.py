"""Redaction: personal data is replaced before a model reads a text, and put back in what it answers."""

from typing import Any, cast

from aios.ids import digest_bytes
from aios.policies.personal import replace_personal
from aios.policies.schema import Redaction


class Redactor:
    """Replaces addresses and numbers in one question by placeholders, and knows which is which.

    The placeholders carry part of the text's digest, so that a sender cannot write one himself, and the same text
    always gives the same question.
    """

    def __init__(self, wanted: Redaction, text: str) -> None:
        self.wanted = wanted
        self._salt = digest_bytes(text.encode("utf-8", "replace"))[:6]
        self._originals: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """The text with placeholders; the same original always gets the same one."""
        return replace_personal(text, self.wanted, self._placeholder)

    def restore(self, value: Any) -> Any:
        """A JSON value with the originals back in place, at any depth."""
        if isinstance(value, str):
            for placeholder, original in self._originals.items():
                value = value.replace(placeholder, original)
            return value
        if isinstance(value, list):
            return [self.restore(item) for item in cast(list[Any], value)]
        if isinstance(value, dict):
            return {key: self.restore(item) for key, item in cast(dict[str, Any], value).items()}
        return value

    def _placeholder(self, kind: str, original: str) -> str:
        for placeholder, known in self._originals.items():
            if known == original:
                return placeholder
        placeholder = f"[{kind}-{self._salt}-{len(self._originals) + 1}]"
        self._originals[placeholder] = original
        return placeholder
