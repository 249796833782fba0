"""What both stores can hold: refused here is what only one would take, or what ends in an error nobody can read."""

from collections.abc import Iterable
from typing import Any, cast

from aios.errors import InvalidInput

SMALLEST, LARGEST = -(2**63), 2**63 - 1
"""Whole numbers that both stores can hold."""


def refuse_unstorable(values: Any) -> None:
    """`InvalidInput` where a value to be written or asked for, however deep, could not be kept."""
    if _is_unstorable(values):
        raise InvalidInput(
            "A text holds a character that cannot be stored (NUL, or half of one), or a number is too large.",
            "Remove it and try again.",
        )


def _is_unstorable(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value or not (value.isascii() or _is_whole(value))
    if isinstance(value, int):
        return not SMALLEST <= value <= LARGEST
    if isinstance(value, dict):
        return any(map(_is_unstorable, cast(dict[str, Any], value).values()))
    if isinstance(value, list | tuple):
        return _is_any_unstorable(cast(Iterable[Any], value))
    return False


def _is_any_unstorable(values: Iterable[Any]) -> bool:
    """One loop without a call for what nearly every value is: it is gone through for each statement."""
    for value in values:
        kind = value.__class__
        if value is None or (kind is str and value.isascii() and "\x00" not in value):
            continue
        if kind is int and SMALLEST <= value <= LARGEST:
            continue
        if _is_unstorable(value):
            return True
    return False


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
