"""`EntryQuestions`: asks the owner what an entry of a statement is, with what it may be, and does what they say."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.claims import Claims
from aios.billing.matching import Owed, candidates, is_party, mentions
from aios.billing.reconciliation import IGNORE, SAME, Part, Reconciliation
from aios.books.tables import entries as book_entries
from aios.cases.cases import Cases
from aios.cases.process import RECONCILIATION
from aios.cases.tables import cases
from aios.database import blobs
from aios.decisions.decisions import ENTRY, Decision, Decisions, Question, Verdict
from aios.decisions.shown import Evidence, Impact, Shown
from aios.errors import Conflict, InvalidInput
from aios.events.catalog import PayoutPaid, StatementReceived
from aios.events.tables import events
from aios.money import Money

_CASE = sa.select(cases.c.id).where(
    cases.c.process == RECONCILIATION.name, cases.c.trigger == sa.bindparam("statement")
)
_NEWEST_BOOKING = sa.select(sa.func.max(book_entries.c.position))
_OF_CASE = _NEWEST_BOOKING.where(book_entries.c.case_id == sa.bindparam("case"))
_NEWEST_PAYOUT = sa.select(sa.func.max(events.c.position)).where(events.c.type == PayoutPaid.type)

AGAIN, ASKS = RECONCILIATION.steps[1:3]
"""Where a case goes on once something was said or booked, and the step that asks."""

AS = "what"
"""The one field of the proposal: what the entry is."""

SUMMARY = (
    "Edit what it is: numbers of invoices, with commas between; the number of an account, for what no invoice asks "
    "for; or the word ignore. Ignored, it is not booked."
)


class EntryQuestions:
    """The owner's side of reconciliation."""

    def __init__(self, cases: Cases, decisions: Decisions, reconciliation: Reconciliation) -> None:
        self.cases = cases
        self.decisions = decisions
        self.reconciliation = reconciliation

    def ask(self, tx: Connection, case_id: str, parts: list[Part], ttl: timedelta) -> None:
        """A question for each part of an entry that is open; those that were answered otherwise meanwhile are void."""
        claims, keys = Claims(tx), {part.key for part in parts}
        for decision in self.decisions.list(tx, case_id=case_id, status="open", kind=ENTRY):
            if decision.effect_key not in keys:
                self.decisions.void(tx, decision, "it is clear by now what it is")
        for part in parts:
            question = Question(ENTRY, self._shown(part, claims), case_id, ASKS, part.key)
            self.decisions.open(tx, question, ttl)

    def check_edits(self, tx: Connection, asked: Decision, edits: dict[str, Any]) -> None:
        """Only what it is can be said; whether that can be is found out when it is done."""
        if set(edits) != {AS} or not str(edits[AS]).strip():
            raise InvalidInput("Only what the entry is can be edited.", SUMMARY)

    def after(self, tx: Connection, decision: Decision, verdict: Verdict, actor: str) -> None:
        """Do what the owner says, in the answer's own transaction; `Conflict` where what was shown is so no longer."""
        shown = self.decisions.shown(tx, decision)
        part = self.reconciliation.part(tx, decision.effect_key)
        if part.movement.minor != shown.provenance["left"]:
            raise Conflict("Some of that money is accounted for meanwhile.", "Look at the new question.")
        said = self._said(tx, decision, verdict, shown)
        if verdict == "approve":
            self._must_be_as_shown(tx, said, shown)
        case_id = decision.case_id or ""
        self.reconciliation.choose(tx, case_id, part, said, "owner" if actor == "owner" else actor)
        self.cases.continue_(tx, case_id, AGAIN, "the owner said what an entry is", actor=actor)

    def undo(self, key: str, reason: str, *, actor: str) -> str:
        """Take back what was said of an entry's money; its case asks what it is then. Returns the case."""
        with self.cases.log.database.write() as tx:
            use = self.reconciliation.undo(tx, key, reason, actor)
            statement = self.reconciliation.entries.get(tx, use.entry).statement
            case_id = self._case_of(tx, statement)
            self.cases.continue_(tx, case_id, AGAIN, "what an entry was is taken back", actor=actor)
        return case_id

    def reconsider(self) -> list[str]:
        """Have the statements with open entries looked at again, once after something was booked; returns their cases.

        Statements that came in before there was reconciliation get a case each.
        """
        entries, log = self.reconciliation.entries, self.cases.log
        with log.database.read() as connection:
            if not any(self._is_behind(connection, each) for each in entries.open_statements(connection)):
                return []
        with log.database.write() as tx:
            behind = [each for each in entries.open_statements(tx) if self._is_behind(tx, each)]
            for statement in behind:
                if case_id := tx.scalar(_CASE, {"statement": statement}):
                    self.cases.continue_(tx, case_id, AGAIN, "something was booked since")
            return [self._case_of(tx, each) for each in behind]

    def _case_of(self, tx: Connection, statement: str) -> str:
        """The case of the statement; opened where it has none."""
        if case_id := tx.scalar(_CASE, {"statement": statement}):
            return case_id
        case_id, event = self.cases.next_id(tx, RECONCILIATION.name), self.cases.log.get(tx, statement)
        title = event.payload.name if isinstance(event.payload, StatementReceived) else statement
        self.cases.open(tx, case_id, RECONCILIATION.name, title, statement)
        return case_id

    def _is_behind(self, connection: Connection, statement: str) -> bool:
        """Whether it has no case, or something was booked after it was last looked at and nothing does by itself."""
        case_id = connection.scalar(_CASE, {"statement": statement})
        if case_id is None:
            return True
        case = self.cases.get(connection, case_id)
        newest = max(connection.scalar(_NEWEST_BOOKING) or 0, connection.scalar(_NEWEST_PAYOUT) or 0)
        own = connection.scalar(_OF_CASE, {"case": case_id}) or 0
        return case.status == "waiting" and case.waiting_on == "decision" and newest > max(case.continued, own)

    def _said(self, tx: Connection, decision: Decision, verdict: Verdict, shown: Shown) -> str:
        if verdict == "reject":
            return IGNORE
        if verdict == "edit":
            return str(blobs.get_json(tx, decision.edits_blob)[AS])
        if not shown.proposal[AS]:
            raise InvalidInput("Nothing is proposed that could be approved.", SUMMARY)
        return str(shown.proposal[AS])

    def _must_be_as_shown(self, tx: Connection, said: str, shown: Shown) -> None:
        claims: dict[str, int] = shown.provenance["open"]
        owed = Claims(tx).named(said)
        if said in claims and (owed is None or owed.minor != claims[said]):
            raise Conflict(f"{said} stands differently meanwhile.", "Retry its case to be asked anew.")

    def _shown(self, part: Part, claims: Claims) -> Shown:
        movement = part.movement
        may_be = candidates(movement, claims.owed)
        best = SAME if part.doubt else _best(part, may_be, claims)
        sum_ = Money(movement.minor, movement.currency)
        of = "" if movement.minor == part.entry.amount else f" of {Money(part.entry.amount, movement.currency)}"
        way = "from" if movement.minor > 0 else "to"
        return Shown(
            title=f"What is this? {sum_}{of} {way} {movement.name or 'somebody'}, {part.entry.booked}"[:200],
            summary=(f"Approve: it is taken as {best}. " if best else "Nothing fits by itself. ") + SUMMARY,
            evidence=(_told(part), *(_may_be(each, claims) for each in may_be)),
            proposal={AS: best, "sum": str(sum_), "day": part.entry.booked},
            editable=(AS,),
            warnings=_warnings(part),
            impact=Impact(
                amount_minor=abs(movement.minor),
                currency=movement.currency,
                reversible="It can be taken back: aios statements undo.",
            ),
            provenance={
                "entry": part.entry.id,
                "left": movement.minor,
                "open": {_name(each, claims): each.minor for each in may_be},
            },
        )


def _best(part: Part, may_be: list[Owed], claims: Claims) -> str:
    """The first one that it may be, where more than its sum speaks for it and it was not taken back before."""
    if not may_be:
        return ""
    first, movement = may_be[0], part.movement
    was_wrong = any(use.undone_on and use.what == first.key for use in part.uses)
    likely = mentions(movement.words, first.name) or (is_party(movement, first) and movement.minor == first.minor)
    return _name(first, claims) if likely and not was_wrong else ""


def _name(owed: Owed, claims: Claims) -> str:
    """How the owner names it: by its number, or by its key where several have that."""
    return owed.name if owed.name and "," not in owed.name and claims.named(owed.name) == owed else owed.key


def _may_be(owed: Owed, claims: Claims) -> Evidence:
    kind = "owed to us" if owed.direction == "receivable" else "owed by us"
    link = f"/cases/{owed.key}" if owed.direction == "payable" else "/books"
    text = (
        f"{owed.party}: {Money(abs(owed.minor), owed.currency)} {kind}, since {claims.since[owed.direction, owed.key]}"
    )
    return Evidence(label=f"May be {_name(owed, claims)}", text=text, source="open items", link=link)


def _told(part: Part) -> Evidence:
    movement = part.movement
    words = " · ".join(filter(None, (movement.name, movement.account, " ".join(movement.words.split()))))
    return Evidence(label="The bank says", text=words[:1000] or "nothing", source=f"account {part.entry.account}")


def _warnings(part: Part) -> tuple[str, ...]:
    if part.doubt:
        return ("Another statement has an entry of this day and sum; it may be the same one.",)
    taken_back = [use.what for use in part.uses if use.undone_on]
    return (f"It was taken as {taken_back[-1]} before, and that was taken back.",) if taken_back else ()
