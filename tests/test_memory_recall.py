"""Recall finds by words: on either store, in the words' other forms, beside what was asked for, and never by force."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from aios.clock import to_text
from aios.database.blobs import put_bytes
from aios.database.engine import Database
from aios.errors import Conflict, InvalidInput, NotFound
from aios.events.catalog import MemoryAdded
from aios.events.event import NewEvent
from aios.memory.memory import Memory
from tests.knowledge import BUSINESS, OFFERS, open_memory, titles

LOCOMO = Path(__file__).parent.parent.parent / "shared" / "data" / "locomo3.json"


@pytest.fixture
def memory(database: Database, home: Path) -> Memory:
    return open_memory(database, home)


ASKED = (
    ("hi how much is a website? need it asap", "Frequently asked questions › How much is a website?"),
    ("Was kostet der Website Sprint bei Ihnen?", "Leistungen und Preise › Website Sprint (Deutsch)"),
    ("What if we cancel, do we get a refund?", "Terms › Cancellation and refund policy"),
    ("Orders come as PDF by e-mail, somebody types them in", "Services and prices › Automation Retainer"),
    ("interviews for my thesis", "Frequently asked questions › Do you give interviews, talks or internships?"),
    ("Is there a discount for a registered association?", "Terms › Discount rules"),
)


def test_the_example_business_answers_what_its_leads_ask(memory: Memory, subtests: pytest.Subtests) -> None:
    memory.ingest_folder(BUSINESS)

    for question, title in ASKED:
        with subtests.test(question):
            assert title in titles(memory, question, k=3)


def test_words_are_found_in_other_forms_and_without_their_accents(memory: Memory) -> None:
    memory.add(kind="note", title="Anna Müller", text="She orders coffees every month.")
    memory.add(kind="note", title="Other", text="Something else altogether.")

    for query in ("order", "muller", "MÜLLER coffee", "ordering"):
        assert titles(memory, query) == ["Anna Müller"]


def test_a_piece_is_found_by_the_words_of_its_neighbour_after_those_of_its_own(memory: Memory) -> None:
    paragraphs = [f"Paragraph number {number}. " + "filling " * 130 for number in range(5)]
    paragraphs[1] = "The zebra lives here. " + "filling " * 130
    memory.ingest_document("book.txt", "\n\n".join(paragraphs).encode())

    found = memory.recall("zebra")
    with memory.log.database.read() as connection:
        places = [memory.get(connection, one.item_id).ordinal for one in found]
    assert places[0] == 2
    assert set(places[1:3]) == {1, 3}
    assert places[3:] == [4]
    assert found[0].why == "says zebra"
    assert found[1].why == "stands beside what was asked for"


def test_what_comes_after_a_heading_is_not_found_by_the_section_before(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)

    assert "Offers › Website Sprint" not in titles(memory, "trusted")


def test_recall_narrows_by_subject_and_kind(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)
    memory.add(kind="preference", title="Invoices", text="Wants the website invoice by mail.", subject="ct_ada")

    assert [one.kind for one in memory.recall("website", subjects=["ct_ada"])] == ["preference"]
    assert {one.kind for one in memory.recall("website", kinds=["document"])} == {"document"}


def test_what_is_closed_or_not_valid_now_is_not_found(memory: Memory) -> None:
    item_id = memory.add(kind="note", title="Sale", text="The summer sale is on.")
    now = to_text(memory.clock.now())
    with memory.log.database.write() as tx:
        for name, start, end in (("past", "", now), ("future", "2099", ""), ("current", "2000", "2099")):
            blob = put_bytes(tx, f"The {name} sale.".encode())
            added = MemoryAdded(
                item_id=name,
                kind="note",
                title=name,
                blob=blob,
                subject="business",
                source="t",
                valid_from=start,
                valid_to=end,
            )
            memory.log.append(tx, NewEvent(f"memory/{name}", added))
    memory.reindex()
    assert set(titles(memory, "sale")) == {"Sale", "current"}

    memory.close(item_id, "over")
    assert titles(memory, "sale") == ["current"]
    with pytest.raises(Conflict):
        memory.close(item_id, "again")
    with pytest.raises(NotFound):
        memory.close("mem_none", "gone")


def test_a_piece_of_a_document_is_changed_in_its_file_only(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)

    with pytest.raises(Conflict):
        memory.close(memory.items()[0].item_id, "wrong")
    with pytest.raises(InvalidInput):
        memory.add(kind="note", title="Empty", text="  ")


QUERIES = (
    "",
    "   ",
    "the of and",
    '" OR 1=1 --',
    "a* NEAR(b) AND own:x",
    "'; DROP TABLE events; --",
    "\x00\ud800",
    "é" * 9999,
)


def test_no_query_breaks_the_search(memory: Memory, subtests: pytest.Subtests) -> None:
    memory.ingest_document("offers.md", OFFERS)

    for query in QUERIES:
        with subtests.test(query=query[:30]):
            memory.recall(query)
            assert titles(memory, "website")[0] == "Offers › Website Sprint"


def test_a_deleted_word_index_is_said_and_reindexing_gives_the_same_answers(memory: Memory) -> None:
    memory.ingest_folder(BUSINESS)
    before = memory.recall("website sprint lead time", k=20)
    with memory.log.database.write() as tx:
        tx.execute(sa.text("DROP TABLE memory_lexical"))

    lost = memory.search("website")
    assert lost.found == ()
    assert "word index is gone" in lost.notice
    assert not memory.check().ok

    memory.reindex()
    assert memory.recall("website sprint lead time", k=20) == before
    assert memory.check().ok


def test_turns_of_real_conversations_are_found(memory: Memory) -> None:
    """LoCoMo's first conversation: the share of the turns that answer each third question among the first five."""
    if not LOCOMO.is_file():
        pytest.skip(f"LoCoMo is not at {LOCOMO}")
    talk = json.loads(LOCOMO.read_text())[0]
    turns = [turn for number in range(1, 60) for turn in talk["conversation"].get(f"session_{number}", ())]
    with memory.log.database.write() as tx:
        for ordinal, turn in enumerate(turns, 1):
            blob = put_bytes(tx, f"{turn['speaker']}: {turn['text']}".encode())
            added = MemoryAdded(
                item_id=turn["dia_id"], kind="turn", title="", blob=blob, subject="t", source="talk", ordinal=ordinal
            )
            memory.log.append(tx, NewEvent("memory/talk", added))
    memory.reindex()
    known = {turn["dia_id"] for turn in turns}

    shares = []
    for question in talk["qa"][::3]:
        if evidence := known & set(question["evidence"]):
            found = {one.item_id for one in memory.recall(question["question"], k=5)}
            shares.append(len(found & evidence) / len(evidence))
    assert sum(shares) / len(shares) > 0.6
