"""`Rebooking`: entries corrected as the rules would book them now, once the owner says yes; nothing is ever edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import Connection

from aios.billing.bookings import booking_key, standing_booking
from aios.books.books import Books
from aios.books.entry import Draft
from aios.cases.cases import Cases
from aios.database import blobs
from aios.decisions.decisions import ASK_FOR, REBOOKING, Decision, Decisions, Question, Verdict
from aios.decisions.shown import Change, Evidence, Impact, Shown
from aios.errors import Conflict, InvalidInput
from aios.events.log import EventLog
from aios.events.types.books import Posting
from aios.faults import reach

STEP = "invoice_booking"
"""The step whose output is the entry; a case that is under way goes on from there, and sees the new one."""

MOST = 200
"""Entries that one decision corrects; the rest is asked about once these are corrected."""


class Correction(BaseModel):
    """An entry of an invoice that came in (`key`), and the postings that are to hold instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    case_id: str
    key: str
    text: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True)
class Proposed:
    """A correction, and both entries as people read them, a line for each posting."""

    correction: Correction
    before: Sequence[str]
    after: Sequence[str]


class Rebooking:
    """Asks whether entries are to be corrected, and corrects them."""

    def __init__(self, log: EventLog, books: Books, decisions: Decisions, cases: Cases) -> None:
        self.log = log
        self.cases = cases
        self.books = books
        self.decisions = decisions

    def ask(self, month: str, proposed: Sequence[Proposed]) -> str:
        """Ask about the corrections of a month's entries; the id of the decision. Asked again, it is the same one."""
        if not proposed:
            raise InvalidInput(f"Nothing of {month} would be booked otherwise.", "There is nothing to correct.")
        question = Question(REBOOKING, _shown(month, proposed[:MOST], len(proposed)), key=f"rebooking/{month}")
        with self.log.database.write() as tx:
            return self.decisions.open(tx, question, ASK_FOR)

    def check_edits(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> None:
        """Nothing can be edited: what is to be booked follows from the rules."""
        raise InvalidInput("This cannot be edited.", "Reject it, change the rules, and run them again.")

    def after(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        """Correct every entry, or none: `Conflict` where one of them holds no longer."""
        if verdict != "approve":
            return
        shown: dict[str, Any] = blobs.get_json(tx, decision.shown)
        for each in shown["provenance"]["corrections"]:
            self._correct(tx, Correction.model_validate(each), actor)
            reach("rebooked")

    def _correct(self, tx: Connection, wanted: Correction, actor: str) -> None:
        standing, count = standing_booking(self.books, tx, wanted.case_id)
        if standing is None or standing.key != wanted.key:
            raise Conflict(f"{wanted.key} holds no longer.", "Reject this, and run the rules again.")
        back = self.books.take_back(tx, standing.key, f"Taken back: {standing.text}"[:200], actor)
        key = booking_key(wanted.case_id, count)
        draft = Draft(key, back.day, wanted.text, standing.document, standing.currency, wanted.postings)
        self.books.book(tx, draft, wanted.case_id, actor)
        case = self.cases.get(tx, wanted.case_id)
        if case.status != "closed" and not case.paused and not case.rollback:
            self.cases.continue_(tx, case.id, STEP, "its entry was corrected", actor=actor)


def _shown(month: str, proposed: Sequence[Proposed], whole: int) -> Shown:
    count = len(proposed)
    entries = "1 entry" if count == 1 else f"{count} entries"
    more = f" {whole - count} more follow once these are corrected." if whole > count else ""
    return Shown(
        title=f"Correct {entries} of {month}?",
        summary="The rules would book them otherwise now. Approve: each is taken back by an entry of today and booked "
        f"anew, today as well. Reject: they stay as they are.{more}",
        evidence=tuple(
            Evidence(label=each.correction.text, text=each.correction.key, link=f"/cases/{each.correction.case_id}")
            for each in proposed[:5]
        ),
        diff=tuple(
            Change(field=each.correction.text, before="\n".join(each.before), after="\n".join(each.after))
            for each in proposed
        ),
        diff_against="what is booked",
        impact=Impact(reversible="An entry is corrected by another one: aios ledger correct."),
        provenance={"month": month, "corrections": [each.correction.model_dump(mode="json") for each in proposed]},
    )
