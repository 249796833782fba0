"""Influences: which memory items and events a step's output was made from, as its content names them."""

import re
from collections.abc import Iterator
from typing import Any, cast

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
"""Ids of ours; a model's answer may name anything."""

MOST = 500
"""Ids of either sort that an artifact's provenance keeps."""


def influences(content: dict[str, Any]) -> dict[str, list[str]]:
    """What the content `read` (the pieces of a snapshot) and `cited` (the sources of claims), where it names any.

    They go into the artifact's event, so that the links follow from the log and outlast content that is forgotten.
    """
    pieces = cast(list[Any], content.get("pieces")) if isinstance(content.get("pieces"), list) else []
    read = [str(cast(Any, piece)["item_id"]) for piece in pieces if isinstance(piece, dict) and "item_id" in piece]
    found = {"read": read, "cited": list(_cited(content))}
    kept = {name: [one for one in dict.fromkeys(ids) if _ID.fullmatch(one)][:MOST] for name, ids in found.items()}
    return {name: ids for name, ids in kept.items() if ids}


def _cited(value: Any) -> Iterator[str]:
    """Every id below a field `item_ids`, however deep."""
    if isinstance(value, dict):
        for name, inner in cast(dict[str, Any], value).items():
            if name == "item_ids" and isinstance(inner, list):
                yield from (str(one) for one in cast(list[Any], inner))
            else:
                yield from _cited(inner)
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from _cited(inner)
