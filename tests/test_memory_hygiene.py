"""Memory kept clean: what has ended is closed, what is double merged, what differs in an index is found and mended."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import sqlalchemy as sa

from aios.cli.doctor import examine
from aios.cli.memory import findings
from aios.clock import ManualClock, to_text
from aios.database.engine import Database
from aios.errors import Conflict, Misconfigured, SoftFailure
from aios.events.catalog import Sender
from aios.forgetting.finishing import unfinished
from aios.forgetting.forgetting import forget
from aios.memory import lexical
from aios.memory.growth import totals
from aios.memory.hygiene import FOLDER, Hygiene
from aios.memory.memory import Memory
from aios.memory.tables import memory_postings
from aios.memory.told import Told
from aios.memory.uses import record_uses
from aios.memory.vector_index import TOGETHER
from aios.settings import Settings
from aios.workspace.reading.growth import DAYS
from assets.hygiene import memory_hygiene, semantic_index
from sensors.hygiene import memory_hygiene_schedule, semantic_index_schedule
from tests.commands import inside
from tests.company import found_company
from tests.forking import Forked
from tests.knowledge import disconnect_memories, open_memory, titles
from tests.peers.chroma import ChromaPeer
from tests.peers.sentences import write_sentence_model
from tests.workplace import client_of

TODAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def disconnected() -> Iterator[None]:
    """Connections end with the test."""
    yield
    disconnect_memories()


@pytest.fixture
def memory(database: Database, home: Path, clock: ManualClock) -> Memory:
    return open_memory(database, home, clock=clock, aios_memory_days="news=30")


@pytest.fixture
def by_meaning(database: Database, home: Path, chroma: ChromaPeer, tmp_path: Path) -> Memory:
    model = write_sentence_model(tmp_path / "model")
    return open_memory(database, home, aios_embeddings="onnx", aios_onnx_dir=model, aios_chroma_url=chroma.url)


def test_what_had_ended_by_the_end_of_a_day_is_closed_with_the_reason(memory: Memory, clock: ManualClock) -> None:
    memory.add_all(
        [
            Told("The summer tariff.", title="ended", valid_to="2026-11-03", source="list"),
            Told("The winter tariff.", title="lasts", valid_to="2026-11-04", source="list"),
            Told("The first fact of a tariff.", title="fact", kind="fact", valid_to="2026-11-03", source="list"),
            Told("A tariff in the news.", title="news", kind="news", source="feed"),
        ]
    )
    clock.advance(days=3)
    cleaned = Hygiene(memory).clean(TODAY)

    assert len(cleaned.expired) == 1
    assert memory.show(cleaned.expired[0]).closed_reason == "it was valid until 2026-11-03"
    assert {item.title for item in memory.items()} == {"lasts", "fact", "news"}
    assert Hygiene(memory).clean(TODAY).expired == ()
    clock.advance(days=40)
    for day in (date(2026, 12, 1), date(2026, 12, 2)):
        Hygiene(memory).clean(day)
    assert {item.title for item in memory.items()} == {"fact"}
    assert memory.check().ok


def test_a_day_that_is_not_over_is_not_cleaned(memory: Memory) -> None:
    with pytest.raises(Conflict):
        Hygiene(memory).clean(TODAY)


@pytest.mark.parametrize("wrong", ["news", "news=soon", "fact=3", "=3", "news=0"])
def test_a_time_to_keep_that_is_no_number_of_days_is_refused(wrong: str, database: Database, home: Path) -> None:
    with pytest.raises(Misconfigured, match="AIOS_MEMORY_DAYS"):
        Hygiene(open_memory(database, home, aios_memory_days=wrong))


def test_what_is_said_twice_is_kept_once_with_every_source(memory: Memory, clock: ManualClock) -> None:
    said = "The client pays by bank transfer within 14 days."
    first = memory.add_all([Told(said, source="mail-1")])[0]
    clock.advance(hours=1)
    second = memory.add_all([Told(said.upper() + "!", source="mail-2")])[0]
    apart = [
        Told("The client pays by bank transfer within 30 days.", source="mail-3"),
        Told("The client never pays by bank transfer within 14 days.", source="mail-4"),
        Told(said, source="mail-5", subject="ct_other"),
        Told(said, source="mail-6", valid_to="2027-01-01"),
        Told(said, source="mail-7", kind="turn", ordinal=1),
    ]
    memory.add_all(apart)
    clock.advance(days=1)

    assert Hygiene(memory).clean(TODAY).merged == (second,)
    assert len(memory.items()) == 1 + len(apart)
    kept = memory.history(first)[-1]
    assert memory.show(second).closed_reason == f"says the same as {kept.item_id}"
    assert memory.show(kept.item_id).attributes["sources"] == [
        {"source": "mail-2", "event_id": memory.show(second).source_events[0], "item_id": second}
    ]
    assert Hygiene(memory).clean(TODAY).merged == ()
    assert memory.check().ok


def test_what_the_owner_said_twice_is_proposed_and_not_merged(memory: Memory, clock: ManualClock) -> None:
    ids = [memory.add(kind="note", title="Fees", text=text) for text in ("Our tariff is 90.", "Our tariff is: 90")]
    clock.advance(days=1)

    assert Hygiene(memory).clean(TODAY).merged == ()
    [proposed] = Hygiene(memory).examine().proposed
    assert sorted(proposed) == sorted(ids)
    assert len(memory.items()) == 2


def test_a_day_made_up_for_later_tells_how_memory_stood_then(memory: Memory, clock: ManualClock) -> None:
    first = memory.add(kind="note", title="a", text="The first tariff.")
    clock.advance(days=1)
    memory.add_all([Told("The second tariff.", kind="turn"), Told("The third tariff.", kind="turn")])
    memory.close(first, "wrong")
    clock.advance(days=1)

    stood = [Hygiene(memory).clean(date(2026, 11, day)).growth for day in (2, 3)]
    assert [[(kind.kind, kind.items, kind.added, kind.closed) for kind in day] for day in stood] == [
        [("note", 1, 1, 0)],
        [("note", 0, 0, 1), ("turn", 2, 2, 0)],
    ]
    assert stood[0][0].size == len("The first tariff.")


def test_what_differs_between_items_and_words_is_named_and_mended(memory: Memory) -> None:
    ids = memory.add_all([Told(f"The tariff {at}.", source="talk", ordinal=at) for at in range(1, 6)])
    before = memory.recall("tariff")
    assert Hygiene(memory).examine().ok
    with memory.log.database.write() as tx:
        lexical.remove(tx, [ids[1]])
        lexical.write(tx, [lexical.Indexed("mem_none", "The tariff of nobody.")])

    agreement = Hygiene(memory).examine().agreement
    assert (agreement.words_missing, agreement.words_strange) == ((ids[1],), ("mem_none",))
    mended = Hygiene(memory).examine(mend=True)
    assert (mended.ok, mended.mended) == (True, 2)
    assert memory.recall("tariff") == before


def test_an_item_that_its_own_words_no_longer_find_is_noticed(memory: Memory) -> None:
    ids = memory.add_all([Told("A zebra ate."), Told("A horse slept.")])
    with memory.log.database.write() as tx:
        tx.execute(sa.delete(memory_postings).where(memory_postings.c.word == "zebra"))

    assert memory.check().ok
    assert Hygiene(memory).examine().agreement.words_lost == (ids[0],)
    assert Hygiene(memory).examine(mend=True).ok
    assert [one.text for one in memory.recall("zebra")] == ["A zebra ate."]


def test_what_differs_between_items_and_vectors_is_named_and_mended(by_meaning: Memory) -> None:
    memory = by_meaning
    ids = memory.add_all([Told("Our tariff."), Told("A holiday."), Told("A robot.")])
    wanted = memory.vectors.wanted()
    assert wanted is not None
    index = wanted.chroma  # to damage it as nobody should
    assert Hygiene(memory).examine().ok
    robot = wanted.embedder.embed(["robot"])[0]
    index.upsert({"mem_none": robot})
    index.delete([ids[1]])

    agreement = Hygiene(memory).examine().agreement
    assert (agreement.vectors_missing, agreement.vectors_strange) == ((ids[1],), ("mem_none",))
    assert Hygiene(memory).examine(mend=True).ok
    assert memory.recall("vacation")[0].text == "A holiday."


def test_recall_goes_by_words_while_chroma_is_away_and_is_whole_again_after(
    by_meaning: Memory, chroma: ChromaPeer
) -> None:
    memory = by_meaning
    memory.add_all([Told("Our tariff.", title="Fees")])
    chroma.stop()
    try:
        memory.add_all([Told("We repay.", title="Money back")])
        found = Hygiene(memory).examine(mend=True)
        assert not found.ok and "does not answer" in found.agreement.notice
        assert "words alone" in memory.search("tariff").notice
    finally:
        chroma.start()

    assert len(Hygiene(memory).examine().agreement.vectors_missing) == 1
    assert Hygiene(memory).examine(mend=True).ok
    assert titles(memory, "reimbursement")[0] == "Money back"


def test_four_processes_that_add_by_meaning_and_search_at_once_lose_nothing(
    by_meaning: Memory, home: Path, chroma: ChromaPeer
) -> None:
    settings = {
        "aios_embeddings": "onnx",
        "aios_onnx_dir": str(by_meaning.settings.aios_onnx_dir),
        "aios_chroma_url": chroma.url,
    }
    processes = [adder(by_meaning, home, name, 8, settings) for name in "abcd"]
    for process in processes:
        _, said = process.communicate(timeout=240)
        assert process.returncode == 0, said

    by_meaning.index_by_meaning()
    found = Hygiene(by_meaning).examine()
    assert found.ok and found.agreement.looked_up == 32
    assert by_meaning.check().items == 32


def test_what_is_killed_while_it_indexes_is_found_by_the_doctor_and_goes_on_there(
    by_meaning: Memory, home: Path, chroma: ChromaPeer
) -> None:
    by_words = open_memory(by_meaning.log.database, home)
    by_words.add_all([Told(f"The tariff of number {number}.") for number in range(2 * TOGETHER + 10)])
    settings = {
        "aios_embeddings": "onnx",
        "aios_onnx_dir": str(by_meaning.settings.aios_onnx_dir),
        "aios_chroma_url": chroma.url,
    }
    process = adder(by_meaning, home, "", 0, settings, AIOS_FAULT="indexed:2")
    process.communicate(timeout=120)
    assert process.returncode == -9

    assert len(Hygiene(by_meaning).examine().agreement.vectors_missing) == 10
    said: list[str] = []
    by_meaning.index_by_meaning(said.append)
    assert said == ["10 of 10 are in the index."]
    assert Hygiene(by_meaning).examine().ok


def adder(memory: Memory, home: Path, name: str, count: int, settings: dict[str, str], **environment: str) -> Forked:
    url = memory.log.database.url.render_as_string(hide_password=False)
    return Forked.module("tests.adding", url, str(home), name, str(count), json.dumps(settings), **environment)


def test_the_assets_of_memory_tell_dagster_how_it_stands_and_catch_up_on_days_and_on_forgetting(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = found_company(home)
    kernel = company.kernel
    assert isinstance(kernel.clock, ManualClock)
    try:
        kernel.memory.add_all([Told("The tariff.", valid_to="2026-11-03", source="list"), Told("It is 90.")])
        kernel.clock.advance(days=2)
        with kernel.database.write() as tx:
            ada = kernel.contacts.resolve(tx, Sender(name="Ada", email="ada@engines.example"), "ev_1")
        with monkeypatch.context() as broken:
            broken.setattr(kernel.memory.vectors, "take_out", _unreachable)
            assert not forget(kernel, ada).finished
        with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
            context = dg.build_schedule_context(instance=instance, resources={"kernel": kernel})
            asked = memory_hygiene_schedule(context)
            assert isinstance(asked, dg.RunRequest)
            assert isinstance(semantic_index_schedule(context), dg.SkipReason)
            result = dg.materialize(
                [semantic_index, memory_hygiene],
                instance=instance,
                resources={"kernel": kernel},
                tags=asked.tags,
                selection="memory_hygiene",
            )
            assert result.success
            assert dg.materialize([semantic_index], instance=instance, resources={"kernel": kernel}).success
            made = {one.partition: one.metadata for one in result.asset_materializations_for_node("memory_hygiene")}
            assert {day: about["items"].value for day, about in made.items()} == {"2026-11-02": 2, "2026-11-03": 2}
            assert made["2026-11-02"]["expired"].value == 1
            assert {check.check_name: check.passed for check in result.get_asset_check_evaluations()} == {
                "schema": True,
                "agreement": True,
                "forgotten": True,
            }
            assert isinstance(memory_hygiene_schedule(context), dg.SkipReason)
        with kernel.database.read() as connection:
            assert unfinished(kernel.log, connection) == []
        frame = pl.read_parquet(home / "memory" / "hygiene" / "2026-11-02.parquet")
        assert frame.columns == ["day", "kind", "items", "added", "closed", "size"]
    finally:
        kernel.close()


def _unreachable() -> int:
    raise SoftFailure("Chroma does not answer.", "Try again.")


def test_the_doctor_of_memory_speaks_to_people_and_programs_and_fails_where_an_index_is_wrong(home: Path) -> None:
    assert inside(home, "memory", "add", "--text", "Our tariff is 90.").returncode == 0
    assert "Items and indexes agree" in inside(home, "memory", "doctor").stdout
    database = Database(f"sqlite:///{home / 'aios.db'}")
    with database.write() as tx:
        tx.execute(sa.delete(memory_postings))
    database.close()

    done = inside(home, "memory", "doctor", "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["agreement"]["words_lost"]) == 1
    mended = inside(home, "memory", "doctor", "--mend")
    assert (mended.returncode, "put right" in mended.stdout) == (0, True)


def test_what_no_case_has_read_for_half_a_year_is_named_by_the_doctor_and_on_the_page(home: Path) -> None:
    company = found_company(home)
    kernel, clock = company.kernel, company.kernel.clock
    assert isinstance(clock, ManualClock)
    read, unread = (
        kernel.memory.add(kind="note", title=title, text=f"A {title} tariff.") for title in ("used", "dusty")
    )
    clock.advance(days=200)
    with kernel.database.write() as tx:
        record_uses(tx, [read], "lead-0001", to_text(clock.now()))
    young = kernel.memory.add(kind="note", title="young", text="A young tariff.")

    found = Hygiene(kernel.memory).examine()
    assert (found.unread, [one.item_id for one in found.unreferenced]) == (1, [unread])
    said = "\n".join(findings(found))
    assert f"{unread}  note, never read: dusty" in said and young not in said
    page = client_of(kernel).get("/live/memory/growth").text
    assert "1 that no case has read for long" in page and "dusty" in page and "never read" in page
    assert page.count("<rect") == 2 * DAYS and "3 believed, 1 added, 0 closed" in page
    assert "Not cleaned yet" in page
    kernel.close()


def test_growth_over_days_counts_what_stood_at_the_end_of_each(memory: Memory, clock: ManualClock) -> None:
    first = memory.add(kind="note", title="a", text="The first tariff.")
    clock.advance(days=2)
    memory.add(kind="note", title="b", text="The second tariff.")
    memory.close(first, "wrong")
    with memory.log.database.read() as connection:
        days = totals(connection, clock.now().date(), 3)
        short = totals(connection, clock.now().date(), 1)
    assert [(day.day[-2:], day.believed, day.added, day.closed) for day in days] == [
        ("02", 1, 1, 0),
        ("03", 1, 0, 0),
        ("04", 1, 1, 1),
    ]
    assert short == days[-1:]


@pytest.mark.parametrize(
    ("days", "state", "said"),
    [(None, "off", "not cleaned"), (1, "ok", "clean up to"), (2, "ok", "clean up"), (9, "degraded", "8 days are due")],
)  # fmt: skip
def test_the_doctor_says_up_to_which_day_memory_was_cleaned(
    days: int | None, state: str, said: str, home: Path
) -> None:
    folder = home / FOLDER
    folder.mkdir(parents=True)
    if days is not None:
        (folder / f"{datetime.now(UTC).date() - timedelta(days=days)}.parquet").touch()
    [found] = [one for one in examine(Settings(aios_home=home)) if one.name == "hygiene"]
    assert (found.state, said in found.detail) == (state, True)
