"""The context snapshot: what fits the message and what was written before, within its budget, the same every time."""

from pathlib import Path

import pytest

from aios.cases.cases import Cases
from aios.cases.process import LEAD_INTAKE
from aios.clock import ManualClock
from aios.database.blobs import put_json
from aios.database.engine import Database
from aios.events.catalog import (
    EffectApproved,
    EffectCaptured,
    IncomingMessage,
    LeadReceived,
    MessageReceived,
    Payload,
    Sender,
)
from aios.events.event import NewEvent
from aios.identity.contacts import Contacts
from aios.memory.context import ContextSnapshot, estimate_tokens
from aios.memory.memory import Memory
from tests.knowledge import BUSINESS, open_memory


class Desk:
    """A memory with cases and contacts around it."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.log = memory.log
        self.cases = Cases(memory.log, {LEAD_INTAKE.name: LEAD_INTAKE})
        self.contacts = Contacts(memory.log)
        self.messages: dict[str, IncomingMessage] = {}

    def lead(self, email: str, text: str) -> str:
        """A lead's case, with its contact."""
        message = LeadReceived(channel="mail", sender=Sender(name=email, email=email), subject="Question", text=text)
        with self.log.database.write() as tx:
            case_id = self.cases.next_id(tx, LEAD_INTAKE.name)
            event = self.log.append(tx, NewEvent(f"case/{case_id}", message, case_id=case_id)).event
            self.cases.open(tx, case_id, LEAD_INTAKE.name, "Question", event.id)
            self.cases.name(tx, case_id, contact_id=self.contacts.resolve(tx, message.sender, event.id))
        self.messages[case_id] = message
        self.tick()
        return case_id

    def say(self, case_id: str, payload: Payload) -> None:
        self.log.record(NewEvent(f"case/{case_id}", payload, case_id=case_id))

    def answer(self, case_id: str, text: str) -> None:
        """A reply that went out."""
        with self.log.database.write() as tx:
            request = put_json(tx, {"to": "x@y.example", "subject": "Re: Question", "text": text})
        key = f"{case_id}/reply"
        self.say(case_id, EffectApproved(key=key, request=request, rule="test", not_before=""))
        self.say(case_id, EffectCaptured(key=key, receipt={}))
        self.tick()

    def context(self, case_id: str, **more: int) -> ContextSnapshot:
        with self.log.database.read() as connection:
            case = self.cases.get(connection, case_id)
        return self.memory.context_for(case, case.contact_id, self.messages[case_id], **more)

    def tick(self) -> None:
        assert isinstance(self.memory.clock, ManualClock)
        self.memory.clock.advance(minutes=1)


@pytest.fixture
def desk(database: Database, home: Path) -> Desk:
    memory = open_memory(database, home)
    memory.ingest_folder(BUSINESS)
    return Desk(memory)


def history(snapshot: ContextSnapshot) -> list[str]:
    return [piece.text for piece in snapshot.pieces if piece.kind == "history"]


def test_a_snapshot_holds_what_fits_the_message_first_and_our_offers_with_it(desk: Desk) -> None:
    snapshot = desk.context(desk.lead("ada@engine.example", "What does a Data Audit cost, and how long does it take?"))

    found = [piece.title for piece in snapshot.pieces]
    assert "Services and prices › Data Audit" in found[:5]
    assert "Services and prices › Overview of prices" in found
    assert all(piece.reason and piece.item_id and piece.source for piece in snapshot.pieces)


def test_even_a_message_that_says_nothing_comes_with_our_offers(desk: Desk) -> None:
    snapshot = desk.context(desk.lead("ada@engine.example", "Hej!"))

    assert {"Services and prices › Website Sprint", "Terms › Payment terms"} <= {
        piece.title for piece in snapshot.pieces
    }


def test_a_snapshot_keeps_to_its_budget_and_says_what_it_left_out(desk: Desk) -> None:
    desk.lead("ada@engine.example", "An earlier question. " * 20)
    case = desk.lead("ada@engine.example", "website price data automation")

    for budget in (0, 50, 300, 1200):
        snapshot = desk.context(case, budget_tokens=budget)
        spent = sum(estimate_tokens(piece.title) + estimate_tokens(piece.text) for piece in snapshot.pieces)
        assert snapshot.tokens == spent <= budget
        assert snapshot.left_out
        assert not {piece.item_id for piece in snapshot.pieces} & {piece.item_id for piece in snapshot.left_out}


def test_history_is_what_was_written_in_their_other_cases_and_in_no_other(desk: Desk) -> None:
    first = desk.lead("ada@engine.example", "The first question.")
    desk.answer(first, "The first answer.")
    desk.say(first, MessageReceived(channel="mail", sender=Sender(), text="The second question."))
    desk.lead("bo@other.example", "Somebody else's question.")
    now = desk.lead("ada@engine.example", "The question at hand.")
    desk.answer(now, "The answer at hand.")

    snapshot = desk.context(now)
    assert history(snapshot) == ["The second question.", "The first answer.", "The first question."]
    titles = [piece.title for piece in snapshot.pieces if piece.kind == "history"]
    assert titles[1] == "We answered on 2026-11-02: Re: Question"


def test_history_follows_a_merge_and_its_reversal(desk: Desk) -> None:
    desk.lead("ada@engine.example", "From the office.")
    desk.tick()
    case = desk.lead("ada@gmail.com", "From home.")
    with desk.log.database.read() as connection:
        office = desk.cases.get(connection, "lead-0001").contact_id
        home = desk.cases.get(connection, case).contact_id
    assert history(desk.context(case)) == []

    desk.contacts.merge(office, home, "same person")
    assert history(desk.context(case)) == ["From the office."]
    desk.contacts.unmerge(home)
    assert history(desk.context(case)) == []


def test_a_snapshot_is_the_same_until_a_newer_message_whatever_happens_elsewhere(desk: Desk) -> None:
    old = desk.lead("ada@engine.example", "An old question about a website.")
    case = desk.lead("ada@engine.example", "A question about a website.")
    before = desk.context(case)

    desk.answer(old, "A late answer.")
    desk.lead("ada@engine.example", "A newer case.")
    desk.memory.recall("website")
    desk.memory.reindex()
    assert desk.context(case) == before

    desk.say(case, MessageReceived(channel="mail", sender=Sender(), text="Anything new?"))
    assert history(desk.context(case))[:2] == ["A newer case.", "A late answer."]


def test_notes_about_the_contact_are_read_and_those_about_others_are_not(desk: Desk) -> None:
    case = desk.lead("ada@engine.example", "Could you help us?")
    with desk.log.database.read() as connection:
        ada = desk.cases.get(connection, case).contact_id
    desk.memory.add(kind="preference", title="Ada", text="Her website runs on Wagtail.", subject=ada)
    desk.memory.add(kind="preference", title="Bo", text="His website runs on Joomla.", subject="ct_bo")

    notes = [piece.text for piece in desk.context(case).pieces if piece.kind == "note"]
    assert notes == ["Her website runs on Wagtail."]
