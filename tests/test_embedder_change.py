"""Another embedder: the former index answers until the new one holds everything, whoever is killed meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from aios.cli.vector_files import remove_dropped
from aios.database.engine import Database
from aios.memory import vectors
from aios.memory.memory import Memory
from aios.memory.told import Told
from assets.hygiene import semantic_index
from sensors.hygiene import semantic_index_schedule
from tests.company import found_company
from tests.forking import Forked
from tests.knowledge import disconnect_memories, open_memory
from tests.peers.chroma import ChromaPeer, start_chroma
from tests.peers.sentences import MEANINGS, write_sentence_model

TOLD = [Told("Our tariff.", title="Fees"), Told("A robot.", title="Work"), Told("We repay.", title="Money back")]
OTHER = (("tariff", "lions"), *MEANINGS[1:])
"""What the new model takes for the same; its files are as long as those of a model with other words."""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever adds items embeds two of them at most."""
    monkeypatch.setattr(vectors, "FEW", 2)
    yield
    disconnect_memories()


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sentence_model(tmp_path_factory.mktemp("former"))


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sentence_model(tmp_path_factory.mktemp("new"), OTHER)


def opened(database: Database, home: Path, chroma: ChromaPeer, model: Path) -> Memory:
    return open_memory(database, home, aios_embeddings="onnx", aios_onnx_dir=model, aios_chroma_url=chroma.url)


@pytest.fixture
def filled(database: Database, home: Path, chroma: ChromaPeer, former: Path) -> Memory:
    """A memory whose three items the former embedder has indexed."""
    memory = opened(database, home, chroma, former)
    memory.add_all(TOLD)
    memory.index_by_meaning()
    return memory


def first(memory: Memory, query: str) -> str:
    return next((one.title for one in memory.search(query).found if one.vector), "")


def collections(memory: Memory, chroma: ChromaPeer) -> list[str]:
    prefix = memory.vectors._prefix()  # pyright: ignore[reportPrivateUsage]
    return [name for name in chroma.collections() if name.startswith(prefix)]


def test_the_former_index_answers_until_the_new_one_is_filled_and_is_dropped_then(
    filled: Memory, database: Database, home: Path, chroma: ChromaPeer, new: Path
) -> None:
    memory = opened(database, home, chroma, new)
    assert (first(memory, "cost"), memory.search("cost").notice) == ("Fees", "")
    assert "is kept until" in memory.check().notice
    memory.add(kind="note", title="Absence", text="A vacation.")
    assert first(memory, "holiday") == "Absence"
    memory.close(memory.recall("robot")[0].item_id, "sold")

    assert memory.index_by_meaning() == 3
    assert first(memory, "lions") == "Fees"
    assert first(memory, "holiday") == "Absence"
    assert memory.check().ok
    assert len(collections(memory, chroma)) == 1
    assert memory.index_by_meaning() == 0


def test_another_process_asks_the_new_index_from_the_switch_on(
    filled: Memory, database: Database, home: Path, chroma: ChromaPeer, new: Path
) -> None:
    other, filling = opened(database, home, chroma, new), opened(database, home, chroma, new)
    assert first(other, "lions") != "Fees"
    filling.index_by_meaning()

    assert first(other, "lions") == "Fees"
    assert filled.search("tariff").found[0].title == "Fees"


def test_a_model_that_is_changed_in_its_folder_is_another_embedder(
    database: Database, home: Path, chroma: ChromaPeer, tmp_path: Path
) -> None:
    model = write_sentence_model(tmp_path / "model", (("tariff", "price"), ("robot", "lions")))
    memory = opened(database, home, chroma, model)
    memory.add_all(TOLD)
    memory.index_by_meaning()
    write_sentence_model(model, (("tariff", "lions"), ("robot", "price")))

    changed = opened(database, home, chroma, model)
    found = changed.search("tariff")
    assert [one.title for one in found.found] == ["Fees"]
    assert "words alone" in found.notice and "not there as it was" in found.notice
    changed.index_by_meaning()
    assert first(changed, "lions") == "Fees"
    assert changed.search("lions").notice == ""


@pytest.mark.parametrize("moment", ["indexed", "filled", "switched"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_is_killed_while_the_embedder_changes_leaves_what_can_be_searched(
    moment: str, filled: Memory, database: Database, home: Path, chroma: ChromaPeer, new: Path
) -> None:
    settings = {"aios_embeddings": "onnx", "aios_onnx_dir": str(new), "aios_chroma_url": chroma.url}
    url = database.url.render_as_string(hide_password=False)
    killed = Forked.module("tests.adding", url, str(home), "", "0", json.dumps(settings), AIOS_FAULT=f"{moment}:1")
    killed.communicate()
    assert killed.returncode == -9

    memory = opened(database, home, chroma, new)
    asked = "lions" if moment == "switched" else "cost"
    assert (first(memory, asked), memory.search(asked).notice) == ("Fees", "")
    assert memory.vectors.is_behind()
    memory.index_by_meaning()
    assert first(memory, "lions") == "Fees"
    assert len(collections(memory, chroma)) == 1
    assert not memory.vectors.is_behind()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_of_the_former_collection_is_left_on_disk_after_the_next_start(
    database: Database, home: Path, former: Path, new: Path
) -> None:
    server = start_chroma()
    data = server.directory / "data"
    try:
        memory = opened(database, home, server, former)
        memory.add_all(TOLD)
        memory.index_by_meaning()
        [name] = collections(memory, server)
        folders = {file.name for file in data.iterdir() if file.is_dir()}
        memory = opened(database, home, server, new)
        memory.index_by_meaning()
        assert collections(memory, server) != [name]
        server.stop()

        assert remove_dropped(data) == len(folders) == 1
        assert not folders & {file.name for file in data.iterdir()}
        assert not [str(file) for file in data.rglob("*") if file.is_file() and name.encode() in file.read_bytes()]
        assert remove_dropped(data) == 0
        server.start()
        assert (first(memory, "lions"), memory.search("lions").notice) == ("Fees", "")
    finally:
        server.close()


@pytest.mark.parametrize("content", [None, b"", b"no database of anybody" * 99])
def test_vector_files_that_are_not_understood_are_left_alone(content: bytes | None, tmp_path: Path) -> None:
    segment = tmp_path / "d22e7784-f79f-425d-85ea-d84912e636e5"
    segment.mkdir()
    if content is not None:
        (tmp_path / "chroma.sqlite3").write_bytes(content)

    assert remove_dropped(tmp_path) == 0
    assert segment.is_dir()


def test_many_new_items_are_left_to_the_asset_and_found_by_words_meanwhile(
    home: Path, chroma: ChromaPeer, former: Path
) -> None:
    given = {"aios_embeddings": "onnx", "aios_onnx_dir": former, "aios_chroma_url": chroma.url}
    kernel = found_company(home, **given).kernel
    try:
        memory = kernel.memory
        memory.add_all(TOLD)
        found = memory.search("tariff")
        assert [one.title for one in found.found] == ["Fees"]
        assert "not filled yet" in found.notice
        context = dg.build_schedule_context(resources={"kernel": kernel})
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_schedule_context(instance=instance, resources={"kernel": kernel})
            assert memory.vectors.is_behind()
            assert dg.materialize([semantic_index], instance=instance, resources={"kernel": kernel}).success
            assert isinstance(semantic_index_schedule(context), dg.SkipReason)
        assert (first(memory, "cost"), memory.search("cost").notice) == ("Fees", "")

        memory.add_all([Told("Our fee.", title=str(number)) for number in range(3)])
        assert "3 items are not in the vector index yet" in memory.search("cost").notice
        memory.index_by_meaning()
        assert memory.check().ok
    finally:
        kernel.close()
