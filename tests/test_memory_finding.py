"""What recall promises: filters in time, priors, reasons for each hit, no repetitions, nothing lost under load."""

import re
import signal
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from aios.clock import ManualClock, to_text
from aios.database.engine import Database
from aios.memory import lexical
from aios.memory.memory import Memory
from aios.memory.stems import stem
from aios.memory.tables import memory_lexical, memory_lexical_state, memory_postings
from aios.memory.told import Told
from aios.memory.uses import record_uses
from tests.forking import Forked
from tests.knowledge import ROOT, open_memory, titles


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def memory(database: Database, home: Path, clock: ManualClock) -> Memory:
    return open_memory(database, home, clock=clock)


def test_words_are_stemmed_as_sqlite_stems_them() -> None:
    text = "".join(file.read_text("utf-8") for file in [*ROOT.glob("*.md"), *ROOT.glob("examples/business/*.md")])
    words = sorted(set(re.findall(r"[a-z]+", text.casefold())))
    assert len(words) > 1000
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE held USING fts5(word, tokenize = 'porter')")
    database.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(held, 'instance')")
    database.executemany("INSERT INTO held (rowid, word) VALUES (?, ?)", enumerate(words))
    theirs = {words[at]: term for term, at in database.execute("SELECT term, doc FROM terms")}
    assert {word: stem(word) for word in words} == theirs


def test_recall_narrows_by_when_a_thing_is_valid(memory: Memory) -> None:
    memory.add_all(
        [
            Told("The tariff is 90.", title="old", valid_from="2025-01-01", valid_to="2026-01-01"),
            Told("The tariff is 110.", title="new", valid_from="2026-01-01"),
        ]
    )

    assert titles(memory, "tariff") == ["new"]
    for at, title in (("2025-06-01", ["old"]), ("2026-01-01", ["new"]), ("2024-12-31", [])):
        assert [one.title for one in memory.search("tariff", at=at).found] == title


def test_recall_tells_what_was_believed_at_a_time(memory: Memory, clock: ManualClock) -> None:
    before = to_text(clock.now())
    clock.advance(hours=1)
    item_id = memory.add(kind="note", title="first", text="The tariff is 90.")
    clock.advance(hours=1)
    then = to_text(clock.now())
    clock.advance(hours=1)
    memory.close(item_id, "wrong")
    memory.add(kind="note", title="second", text="The tariff is 110.")

    assert titles(memory, "tariff") == ["second"]
    assert [one.title for one in memory.search("tariff", known_at=then).found] == ["first"]
    assert memory.search("tariff", known_at=before).found == ()
    memory.reindex()
    assert [one.title for one in memory.search("tariff", known_at=then).found] == ["first"]
    for moment, title in (("2026-11-03", ["second"]), ("2026-02-31", []), ("soon", ["second"])):
        assert [one.title for one in memory.search("tariff", known_at=moment).found] == title
    assert memory.check().ok


def test_a_sharp_filter_finds_what_a_thousand_others_say_too(memory: Memory) -> None:
    memory.add_all([Told(f"The tariff of number {number}.", subject=f"ct_{number % 500}") for number in range(1500)])

    assert len(memory.recall("tariff", k=50, subjects=["ct_7"])) == 3
    assert len(memory.recall("tariff", k=50)) == 50


def test_what_says_the_same_comes_once_and_names_every_source(memory: Memory) -> None:
    for source in ("mail", "call", "letter"):
        memory.add(kind="note", title="Fees", text="Our  Tariff is on the wall.", source=source)
    memory.add(kind="note", title="Fees", text="Our tariff is in the drawer.", source="desk")

    found = memory.recall("tariff wall", k=2)
    assert len(found) == 2
    assert {found[0].source, *found[0].also} == {"mail", "call", "letter"}
    assert found[1].also == ()


def test_contact_newness_and_use_order_what_fits_alike_and_are_shown(memory: Memory, clock: ManualClock) -> None:
    ids = memory.add_all([Told(f"Tariff, variant {name}.", title=name, subject=f"ct_{name}") for name in "abc"])
    clock.advance(days=400)
    newest = memory.add(kind="note", title="d", text="Tariff, variant d.")

    assert memory.recall("tariff")[0].item_id == newest
    with memory.log.database.write() as tx:
        for number in range(40):
            record_uses(tx, [ids[1]], f"lead-{number}", to_text(clock.now()))
    used = memory.recall("tariff")
    assert {one.item_id for one in used[:2]} == {newest, ids[1]}
    about = memory.search("tariff", about=["ct_c"]).found
    assert about[0].item_id == ids[2]
    assert about[0].priors["entity"] > about[0].priors["recency"]
    assert next(one for one in about if one.item_id == ids[1]).priors["usefulness"] == 0.05
    assert "usefulness" not in {name for one in memory.search("tariff", by_use=False).found for name in one.priors}
    for one in about:
        assert one.score == pytest.approx((one.lexical or 0) + sum(one.priors.values()), abs=1e-6)


def test_a_hit_says_which_words_it_holds_and_which_its_neighbours_hold(memory: Memory) -> None:
    turns = ["The zebra came.", "It ate grass.", "It was happy.", "Then it left.", "Nothing more."]
    memory.add_all([Told(turn, source="talk", ordinal=at) for at, turn in enumerate(turns, 1)])

    found = {one.text: one for one in memory.recall("Which grass do zebras eat?")}
    assert set(found) == set(turns[:4])
    assert (found[turns[0]].words, found[turns[0]].beside) == (("zebras",), ("grass",))
    assert (found[turns[1]].words, found[turns[1]].beside) == (("grass",), ("zebras",))
    assert found[turns[2]].beside == ("grass", "zebras")
    assert found[turns[3]].beside == ("grass",)


def test_turns_told_one_by_one_are_neighbours_as_those_told_together(memory: Memory) -> None:
    turns = ["A zebra came.", "It ate.", "It slept.", "It left."]
    for at, turn in enumerate(turns, 1):
        memory.add(kind="note", title="between", text=f"Something else {at}.")
        memory.add_all([Told(turn, source="talk", ordinal=at)])
    before = memory.recall("zebra")

    assert [one.text for one in before] == turns[:3]
    memory.reindex()
    assert memory.recall("zebra") == before


def test_no_word_of_what_is_taken_out_stays_in_the_index(memory: Memory) -> None:
    turns = [Told(f"Secret{at} zebra.", source="talk", ordinal=at) for at in (1, 2, 3)]
    ids = memory.add_all(turns)
    with memory.log.database.write() as tx:
        lexical.remove(tx, ids[:2])
        held = set(tx.scalars(sa.select(memory_postings.c.word)))
        links = tx.execute(sa.select(memory_lexical.c.before, memory_lexical.c.second_before)).all()
    assert held == {"secret3", "zebra"}
    assert [tuple(row) for row in links] == [(-1, -1)]


def test_an_index_that_a_newer_version_finds_empty_is_filled_at_first_use(
    memory: Memory, database: Database, home: Path
) -> None:
    memory.add(kind="note", title="Fees", text="Our tariff.")
    with database.write() as tx:
        for table in (memory_lexical, memory_postings, memory_lexical_state):
            tx.execute(sa.delete(table))

    newer = open_memory(database, home)
    assert titles(newer, "tariff") == ["Fees"]
    assert newer.check().ok


def test_mending_finds_and_puts_right_just_what_differs(memory: Memory) -> None:
    ids = memory.add_all([Told(f"The tariff {at}.", source="talk", ordinal=at) for at in range(1, 6)])
    note = memory.add(kind="note", title="Fees", text="The tariff.")
    before = memory.recall("tariff")
    assert memory.mend() == 0
    with memory.log.database.write() as tx:
        lexical.remove(tx, [ids[1]])
        lexical.close(tx, [note])
        lexical.write(tx, [lexical.Indexed("mem_none", "The tariff of nobody.")])

    assert not memory.check().ok
    assert memory.mend() == 3
    assert memory.check().ok
    assert memory.recall("tariff") == before


def test_four_processes_that_add_and_search_at_once_lose_nothing(memory: Memory, home: Path) -> None:
    processes = {name: adder(memory, home, name, 25) for name in "abcd"}
    for process in processes.values():
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said

    assert memory.check().ok
    assert memory.check().items == 100
    for name in processes:
        for number in range(25):
            assert titles(memory, f"{name}x{number}") == [f"{name}x{number}"]
    assert memory.mend() == 0


def test_a_process_killed_while_it_adds_leaves_items_and_index_alike(memory: Memory, home: Path) -> None:
    for round_ in range(3):
        process = adder(memory, home, f"r{round_}", 1000)
        assert process.stdout is not None
        while int(process.stdout.readline()) < 3 + round_:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        state = memory.check()
        assert state.ok
        assert state.items > 3
        assert memory.mend() == 0
        assert titles(memory, f"r{round_}x2") == [f"r{round_}x2"]


def adder(memory: Memory, home: Path, name: str, count: int) -> Forked:
    url = memory.log.database.url.render_as_string(hide_password=False)
    return Forked.module("tests.adding", url, str(home), name, str(count))
