"""Working context: which pieces of what we know, and of what was written before, go into a case's snapshot."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from aios.decisions.decisions import FACT
from aios.events.catalog import IncomingMessage
from aios.events.log import EventLog
from aios.memory.basis import Basis
from aios.memory.context import ContextSnapshot, Piece, PieceKind, estimate_tokens, fit
from aios.memory.history import Written, contact_history
from aios.memory.item import Item, all_items, read_items
from aios.memory.preferences import Preference, in_force
from aios.memory.recalled import Recall, Recalled
from aios.memory.standing import entity_piece
from aios.memory.tables import SUMMARY, memory_items

TOPICS = "services offers packages prices cost lead time payment terms availability booking process"
"""What an answer to a first message usually needs, whatever the message says; it fills what room is left."""

PERSONAL_SHARE = 4
"""One part in so many of the budget is kept for what we know about the contact and what was written before."""

MANNER_SHARE = 5
"""One part in so many is the most that the owner's preferences and templates may take."""

STANDING_SHARE = 10
"""One part in so many is the most for who the contact is to us, and as much for the rules that could bind."""

MOST_OF_A_MESSAGE = 700
"""Characters of an earlier message; its beginning says what it was about."""


class Search(Protocol):
    """How the context finds items."""

    def __call__(self, query: str, *, k: int, subjects: Sequence[str], at: str) -> Recall:
        """The best items for the query."""
        ...


def build_context(
    log: EventLog,
    search: Search,
    basis: Basis,
    *,
    case_id: str,
    contact_id: str,
    message: IncomingMessage,
    budget_tokens: int,
    policies: Sequence[Piece] = (),
) -> ContextSnapshot:
    """The snapshot for the newest message of a case; `policies` are the rules that could bind what is written.

    It depends on the message, the documents, policies and preferences, and the log up to that message alone: no clock,
    no scores, no use counts. Each share of the budget is filled by itself; what it leaves goes to the documents.
    """
    family, before = basis.family, basis.position
    with log.database.read() as connection:
        written = contact_history(log, connection, family, exclude_case=case_id, before=before)
        entity = entity_piece(log, connection, family, written, exclude_case=case_id, before=before)
        notes = read_items(connection, all_items().where(memory_items.c.item_id.in_(basis.notes)))
        manner = [_from_preference(one) for one in in_force(connection)]
    fitting = search(_asked(message), k=12, subjects=["business"], at=basis.at)
    always = search(TOPICS, k=8, subjects=["business"], at=basis.at)
    newest_first = sorted(notes, key=lambda note: (note.kind != SUMMARY, note.item_id), reverse=True)
    about = [*map(_from_note, newest_first), *map(_from_history, written)]

    def share(pieces: Iterable[Piece], tokens: int) -> ContextSnapshot:
        return fit(pieces, case_id=case_id, contact_id=contact_id, budget_tokens=tokens)

    kept = (
        share(about, budget_tokens // PERSONAL_SHARE),
        share([entity] if entity else (), budget_tokens // STANDING_SHARE),
        share(policies, budget_tokens // STANDING_SHARE),
        share(manner, budget_tokens // MANNER_SHARE),
    )
    known = share(_from_memory(fitting.found, always.found), budget_tokens - sum(part.tokens for part in kept))
    parts = (known, *kept)
    notices = tuple(dict.fromkeys(notice for notice in (fitting.notice, always.notice) if notice))
    return known.model_copy(
        update={
            "budget_tokens": budget_tokens,
            "tokens": sum(part.tokens for part in parts),
            "pieces": tuple(piece for part in parts for piece in part.pieces),
            "left_out": tuple(piece for part in parts for piece in part.left_out),
            "notices": notices,
        }
    )


def _asked(message: IncomingMessage) -> str:
    return "\n".join([message.subject, message.text, *message.fields.values()])


def _from_memory(fitting: Sequence[Recalled], always: Sequence[Recalled]) -> Iterator[Piece]:
    seen: set[str] = set()
    for found, reason in (*((one, f"It {one.why}.") for one in fitting), *((one, "What we offer.") for one in always)):
        if found.item_id not in seen:
            seen.add(found.item_id)
            kind: PieceKind = "document" if found.kind == "document" else "note"
            yield _piece(kind, found.title, found.text, found.source, found.item_id, reason)


def _from_note(note: Item) -> Piece:
    """What the owner noted speaks for us; a fact was learned from what they wrote, and bears out nothing of ours.

    Nor does a summary, which quotes them.
    """
    kind: PieceKind = "entity" if note.kind in (FACT, SUMMARY) else "note"
    reason = "What their closed cases came to." if note.kind == SUMMARY else "About this contact."
    return _piece(kind, note.title, note.text, note.source, note.item_id, reason)


def _from_history(one: Written) -> Piece:
    who = "They wrote" if one.direction == "in" else "We answered"
    text = one.text if len(one.text) <= MOST_OF_A_MESSAGE else one.text[:MOST_OF_A_MESSAGE] + " […]"
    title = f"{who} on {one.at[:10]}: {one.subject}"
    return _piece("history", title, text, f"case:{one.case_id}", one.event_id, f"Earlier case {one.case_id}.")


def _from_preference(one: Preference) -> Piece:
    habit = one.habit
    attributes = {"action": habit.action, "target": habit.target, "value": habit.value, "language": habit.language}
    reason = f"The owner wants it so since {one.since[:10]}, after {len(one.decisions)} decisions."
    kind: PieceKind = "template" if one.template else "preference"
    title = f"Template {one.template}" if one.template else "Preference"
    piece = _piece(kind, title, habit.words, f"preference:{one.id}", one.item_id, reason)
    return piece.model_copy(update={"attributes": {**attributes, "template": one.template}})


def _piece(kind: PieceKind, title: str, text: str, source: str, item_id: str, reason: str) -> Piece:
    tokens = estimate_tokens(title) + estimate_tokens(text)
    return Piece(kind=kind, title=title, text=text, source=source, item_id=item_id, tokens=tokens, reason=reason)
