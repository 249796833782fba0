"""Redaction: a row of the log without what is personal in it, still valid for its type."""

from collections.abc import Mapping
from typing import Any, cast

from aios.events.catalog import CATALOG
from aios.events.payload import Payload
from aios.ids import digest

FORGOTTEN = "[forgotten]"
"""What stands where a text was; a list or mapping is left empty instead."""


def redacted(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its personal fields emptied, and the id that an outside gave it as a digest of that id.

    Numbers stay, since money must, and so does what the payload's class names as impersonal.
    """
    model = CATALOG[row["type"]]
    payload = {name: _without(model, name, value) for name, value in row["payload"].items()}
    source_id = row["source_id"]
    if model.personal_source and source_id and not is_forgotten_source(source_id):
        source_id = forgotten_source(source_id)
    return {**row, "payload": payload, "source_id": source_id}


def forgotten_source(source_id: str | None) -> str:
    """What stands for the outside's id in a forgotten event, so that the same input is still known when it comes."""
    return f"forgotten:{digest(source_id)}"


def is_forgotten_source(source_id: str) -> bool:
    """Whether the id stands for one that was forgotten."""
    return source_id.startswith("forgotten:")


def _without(model: type[Payload], path: str, value: Any) -> Any:
    if path in model.personal:
        return _emptied(model, path, value)
    if not any(name.startswith(f"{path}.") for name in model.personal):
        return value
    if isinstance(value, list):
        return [_without_within(model, path, each) for each in cast(list[Any], value)]
    return _without_within(model, path, value)


def _without_within(model: type[Payload], path: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without(model, f"{path}.{name}", each) for name, each in cast(dict[str, Any], value).items()}


def _emptied(model: type[Payload], path: str, value: Any) -> Any:
    match value:
        case str():
            return FORGOTTEN if value else ""
        case dict():
            kept = cast(dict[str, Any], value).items()
            return {name: each for name, each in kept if _may_stay(model, f"{path}.{name}", each)}
        case list():
            return []
        case _:
            return value


def _may_stay(model: type[Payload], path: str, value: Any) -> bool:
    return path in model.impersonal or isinstance(value, int | float | None)
