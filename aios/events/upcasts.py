"""Upcasts: how a payload written by an older version becomes one of the next version."""

from collections.abc import Callable
from typing import Any

Upcast = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTS: dict[tuple[str, int], Upcast] = {}
"""From (type, version written) to the function that makes the payload of version + 1."""


def upcast(type_: str, version: int, payload: dict[str, Any], target: int) -> dict[str, Any]:
    """The payload as version `target` of its type would have said it."""
    while version < target:
        payload = UPCASTS[type_, version](payload)
        version += 1
    return payload
