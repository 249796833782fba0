"""Which preferences and which versions of the building blocks a draft was written with, as part of its provenance."""

from typing import Any

from aios.agents.result import AgentResult
from aios.memory.context import ContextSnapshot


def manner_of(context: ContextSnapshot, result: AgentResult[Any]) -> dict[str, list[str]]:
    """The memory items of the preferences, and the blocks with their versions; what is not named is as shipped.

    By the rules, those without which the draft would be another; by a model, all that it was given to read.
    """
    given = [piece for piece in context.pieces if piece.kind in ("preference", "template")]
    told = [piece for piece in given if result.tier != "rules" or piece.item_id in result.used]
    if not told:
        return {}
    return {
        "preferences": [piece.item_id for piece in told],
        "templates": [piece.attributes["template"] for piece in told if piece.attributes.get("template")],
    }
