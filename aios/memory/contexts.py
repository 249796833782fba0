"""`Contexts`: the working contexts of cases, kept for a while, and made anew when one of their sources has changed.

A context is kept under the marks of everything it was made from (`Basis`, and what it was asked with). It is given
again only where they are the same and its time is not over, so none is ever stale, whichever process has made it. How
common a word is in all of memory weighs in a search too and has no mark; the time bounds that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.clock import to_text
from aios.database.upsert import insert_or_renew
from aios.events.catalog import IncomingMessage
from aios.events.log import EventLog
from aios.events.tail import is_forgotten
from aios.ids import digest
from aios.memory.basis import Basis, read_basis
from aios.memory.context import ContextSnapshot, Piece
from aios.memory.tables import working_contexts
from aios.memory.uses import record_uses, unrecorded
from aios.memory.working import Search, build_context

KEPT_FOR = timedelta(hours=1)
"""How long a context is given again, whatever has not changed."""

FORM = 1
"""Raised with the form of a snapshot, so that one in another form is not given."""

SOURCES = {
    "message": "the newest message",
    "said": "the newest message",
    "contact": "who the contact is",
    "cases": "which other cases they have",
    "notes": "what is known of them",
    "business": "what is known of the business",
    "preferences": "preferences and templates",
    "policies": "the policies",
    "room": "the token budget",
    "search": "how memory is searched",
}
"""What the marks stand for, in words."""

_C = working_contexts.c


@dataclass(frozen=True)
class KeptContext:
    """A context that is kept, as JSON: its marks, when and why it was made, how often it was given again since."""

    marks: Mapping[str, str]
    snapshot: Any
    reason: str
    made_at: str
    served: int
    served_at: str

    def is_fresh(self, now: datetime) -> bool:
        """Whether its time is not over; one from the future, after a clock was set back, is not fresh either."""
        return to_text(now - KEPT_FOR) < self.made_at <= to_text(now)


@dataclass(frozen=True)
class ContextState:
    """A kept context as one looks at it: as of when and why it was made, how often it was given again, and what has
    `changed` since, in words; with anything changed, or where it is not `fresh`, the next one is made anew.
    """

    made_at: str
    reason: str
    served: int
    served_at: str
    fresh: bool
    changed: tuple[str, ...]


class Contexts:
    """The kept contexts. Without them, a step that runs again would search all of memory again to read the same."""

    def __init__(self, log: EventLog, search: Search, searched_by: str) -> None:
        self.log = log
        self.search = search
        self.searched_by = searched_by

    def give(
        self, case_id: str, contact_id: str, message: IncomingMessage, budget_tokens: int, policies: Sequence[Piece]
    ) -> ContextSnapshot:
        """The context that is kept, where it would be made the same way now; else a new one, which is kept."""
        asked = {
            "said": digest(message.model_dump(mode="json")),
            "policies": digest([piece.model_dump(mode="json") for piece in policies]),
            "room": str(budget_tokens),
            "search": f"{self.searched_by} {FORM}",
        }
        with self.log.database.read() as connection:
            basis = read_basis(self.log, connection, case_id, contact_id)
            kept = find(connection, case_id)
        now = self.log.clock.now()
        if kept and kept.marks == {**basis.marks, **asked} and kept.is_fresh(now):
            self._served(case_id, now)
            return ContextSnapshot.model_validate(kept.snapshot)
        made = build_context(
            self.log,
            self.search,
            basis,
            case_id=case_id,
            contact_id=contact_id,
            message=message,
            budget_tokens=budget_tokens,
            policies=policies,
        )
        self._keep(made, basis, asked, _reason(kept, {**basis.marks, **asked}))
        return made

    def state(self, connection: Connection, case_id: str, contact_id: str) -> ContextState | None:
        """How the kept context of a case stands; None where none is kept. Policies are not looked at here."""
        kept = find(connection, case_id)
        if kept is None:
            return None
        basis = read_basis(self.log, connection, case_id, contact_id)
        return ContextState(
            made_at=kept.made_at,
            reason=kept.reason,
            served=kept.served,
            served_at=kept.served_at,
            fresh=kept.is_fresh(self.log.clock.now()),
            changed=_differing(kept.marks, {**kept.marks, **basis.marks}),
        )

    def _served(self, case_id: str, now: datetime) -> None:
        with self.log.database.write() as tx:
            again = sa.update(working_contexts).where(_C.case_id == case_id)
            tx.execute(again.values(served=_C.served + 1, served_at=to_text(now)))

    def _keep(self, made: ContextSnapshot, basis: Basis, asked: Mapping[str, str], reason: str) -> None:
        """Keep it, and note what it holds as used. What was made while a source changed, or an index was away, is not
        kept; nor is anything of a case that was forgotten meanwhile.
        """
        held = [piece.item_id for piece in made.pieces if piece.item_id.startswith("mem_")]
        with self.log.database.read() as connection:
            after = read_basis(self.log, connection, made.case_id, made.contact_id)
            new = unrecorded(connection, held, made.case_id)
        now = to_text(self.log.clock.now())
        row = {
            "case_id": made.case_id,
            "marks": {**basis.marks, **asked},
            "snapshot": made.model_dump(mode="json"),
            "reason": reason,
            "made_at": now,
            "served": 0,
            "served_at": "",
        }
        with self.log.database.write() as tx:
            if is_forgotten(tx, made.case_id):
                return
            record_uses(tx, new, made.case_id, now)
            if made.notices or after.marks != basis.marks:
                tx.execute(sa.delete(working_contexts).where(_C.case_id == made.case_id))
            else:
                tx.execute(insert_or_renew(tx, working_contexts), row)


def find(connection: Connection, case_id: str) -> KeptContext | None:
    """The context that is kept of a case, fresh or not."""
    row = connection.execute(sa.select(working_contexts).where(_C.case_id == case_id)).first()
    if row is None:
        return None
    return KeptContext(row.marks, row.snapshot, row.reason, row.made_at, row.served, row.served_at)


def _reason(kept: KeptContext | None, marks: Mapping[str, str]) -> str:
    """Why a context is made, and not given again."""
    if kept is None:
        return "It is the first one that is kept."
    changed = _differing(kept.marks, marks)
    return f"Made anew: {', '.join(changed)} changed." if changed else "Made anew: the one before was too old."


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said for name, said in SOURCES.items() if before.get(name) != after.get(name)))
