"""Corrections: what was wrong is superseded or retracted, and everything an item has said stays readable."""

from pathlib import Path

import pytest

from aios.clock import ManualClock, to_text
from aios.database.engine import Database
from aios.errors import Conflict, InvalidInput, NotFound
from aios.events.integrity import rebuild
from aios.memory.memory import Memory
from aios.memory.told import Told
from tests.knowledge import OFFERS, open_memory, titles


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def memory(database: Database, home: Path, clock: ManualClock) -> Memory:
    return open_memory(database, home, clock=clock)


def test_a_correction_is_believed_instead_of_what_it_corrects(memory: Memory) -> None:
    told = Told("Charities pay nine percent less.", title="Discount", subject="con_a", valid_from="2026-01-01")
    [old] = memory.add_all([told])
    new = memory.correct(old, text="Charities pay ten percent less.", reason="a slip", actor="owner")

    [found] = memory.recall("charities percent")
    assert (found.item_id, found.title, found.text) == (new, "Discount", "Charities pay ten percent less.")
    shown = memory.show(new)
    assert (shown.subject, shown.source, shown.kind, shown.valid_from) == ("con_a", "owner", "note", "2026-01-01")
    assert (shown.version, shown.references) == (2, (old,))
    assert memory.show(old).superseded_by == new


def test_an_item_tells_all_it_has_said_by_the_id_of_any_version(memory: Memory, clock: ManualClock) -> None:
    first = memory.add(kind="note", title="Fair", text="It is in Kiel.")
    clock.advance(days=1)
    second = memory.correct(first, text="It is in Bremen.", reason="it moved", actor="owner")
    clock.advance(days=1)
    memory.correct(second, text="It is in Jena.", title="The fair", reason="it moved again", actor="Ada")
    clock.advance(days=1)

    told = [memory.history(item_id) for item_id in (first, second)]
    assert told[0] == told[1]
    assert [(one.number, one.title, one.text) for one in told[0]] == [
        (1, "Fair", "It is in Kiel."),
        (2, "Fair", "It is in Bremen."),
        (3, "The fair", "It is in Jena."),
    ]
    assert [(one.added_by, one.added_reason) for one in told[0]] == [
        ("owner", ""),
        ("owner", "it moved"),
        ("Ada", "it moved again"),
    ]
    assert [one.closed_at for one in told[0]] == [told[0][1].added_at, told[0][2].added_at, ""]
    with memory.log.database.read() as connection:
        events = [memory.log.get(connection, one.added_event) for one in told[0]]
    assert [event.actor for event in events] == ["owner", "owner", "Ada"]


def test_what_was_believed_before_a_correction_is_found_as_of_then(memory: Memory, clock: ManualClock) -> None:
    item = memory.add(kind="note", title="Fair", text="The fair is in Kiel.")
    before = to_text(clock.now())
    clock.advance(days=1)
    memory.correct(item, text="The fair is in Jena.", reason="it moved", actor="owner")
    assert [one.text for one in memory.search("fair", known_at=before).found] == ["The fair is in Kiel."]
    assert [one.text for one in memory.search("fair").found] == ["The fair is in Jena."]


def test_what_is_retracted_is_found_no_more_and_stays_readable(memory: Memory) -> None:
    item = memory.add(kind="note", title="Fair", text="The fair is in Kiel.")
    memory.retract(item, "there is no fair", "owner")
    assert titles(memory, "fair") == []
    [version] = memory.history(item)
    assert (version.text, version.closed_by, version.closed_reason) == (
        "The fair is in Kiel.",
        "owner",
        "there is no fair",
    )


def test_only_what_is_believed_and_was_told_can_be_changed(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)
    piece = memory.items(kinds=["document"])[0].item_id
    old = memory.add(kind="note", title="Fair", text="It is in Kiel.")
    new = memory.correct(old, text="It is in Jena.", reason="it moved", actor="owner")
    with pytest.raises(InvalidInput, match="needs a text"):
        memory.correct(new, text=" \n ", reason="none", actor="owner")
    with pytest.raises(Conflict, match=f"was superseded by {new}"):
        memory.correct(old, text="It is in Bonn.", reason="late", actor="owner")
    memory.retract(new, "no fair", "owner")
    for item, why in ((new, "closed already"), (piece, "is part of document:offers.md")):
        with pytest.raises(Conflict, match=why):
            memory.correct(item, text="Other.", reason="none", actor="owner")
        with pytest.raises(Conflict, match=why):
            memory.retract(item, "none", "owner")
    with pytest.raises(NotFound):
        memory.history("mem_nope")


def test_a_piece_of_a_document_tells_what_stood_in_its_place(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)
    memory.ingest_document("offers.md", OFFERS.replace(b"4,800", b"5,200"))
    piece = next(item for item in memory.items(kinds=["document"]) if "5,200" in item.text)
    assert ["4,800" in one.text for one in memory.history(piece.item_id)] == [True, False]
    assert memory.show(piece.item_id).version == 2


def test_a_corrected_turn_of_a_talk_keeps_its_place(memory: Memory) -> None:
    turns = ["Shall we meet in the garden?", "Yes, on Monday.", "Good."]
    ids = memory.add_all([Told(text, title=text, source="talk:1", ordinal=at) for at, text in enumerate(turns, 1)])
    new = memory.correct(ids[1], text="Yes, on Friday.", reason="misheard", actor="owner")

    def order() -> list[str]:
        return [found.item_id for found in memory.recall("garden")]

    live = order()
    assert live == [ids[0], new, ids[2]]
    memory.reindex()
    assert order() == live


def test_a_rebuild_from_the_log_tells_the_same_versions(memory: Memory) -> None:
    old = memory.add(kind="note", title="Fair", text="The fair is in Kiel.")
    new = memory.correct(old, text="The fair is in Jena.", reason="it moved", actor="owner")
    before = memory.history(old), memory.show(new), memory.recall("fair")
    rebuild(memory.log)
    assert (memory.history(old), memory.show(new), memory.recall("fair")) == before
