"""`ContextSnapshot`: what an agent was given to read about a case, why each piece is in it, and what was left out."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

BUDGET_TOKENS = 2000
"""What a snapshot may hold where nobody says otherwise."""

PieceKind = Literal["document", "note", "history", "entity", "policy", "template", "preference"]

SPEAKING: tuple[PieceKind, ...] = ("document", "note")
"""The kinds of pieces that speak for the business: what is stated to others may rest on them alone."""


class Piece(BaseModel):
    """One thing to read. `item_id` names it in citations: a memory item's id, or an event's for what was written.

    `attributes` are what the rules tier reads of a preference or template.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: PieceKind
    title: str
    text: str
    source: str
    item_id: str
    tokens: int
    reason: str
    attributes: dict[str, str] = {}


class LeftOut(BaseModel):
    """What would have fitted the case and not the token budget."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: PieceKind
    title: str
    item_id: str
    tokens: int


class ContextSnapshot(BaseModel):
    """What an agent reads. The same log, documents and message give the same snapshot, so a re-run asks nothing new.

    `notices` say what was missing when it was made, such as the vector index.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    case_id: str
    contact_id: str
    budget_tokens: int
    tokens: int
    pieces: tuple[Piece, ...]
    left_out: tuple[LeftOut, ...] = ()
    notices: tuple[str, ...] = ()


def estimate_tokens(text: str) -> int:
    """About how many tokens a model will count; no tokenizer is at hand offline, and 3.5 bytes a token errs upwards."""
    return -(-len(text.encode()) * 2 // 7)


def fit(
    candidates: Iterable[Piece], *, case_id: str, contact_id: str, budget_tokens: int, notices: tuple[str, ...] = ()
) -> ContextSnapshot:
    """The candidates, the best first, as far as the budget reaches; a long one does not keep a short one out."""
    taken: list[Piece] = []
    left: list[LeftOut] = []
    free = budget_tokens
    for piece in candidates:
        if piece.tokens <= free:
            taken.append(piece)
            free -= piece.tokens
        else:
            left.append(LeftOut(kind=piece.kind, title=piece.title, item_id=piece.item_id, tokens=piece.tokens))
    return ContextSnapshot(
        case_id=case_id,
        contact_id=contact_id,
        budget_tokens=budget_tokens,
        tokens=budget_tokens - free,
        pieces=tuple(taken),
        left_out=tuple(left),
        notices=notices,
    )
