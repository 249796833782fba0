"""Recall by meaning: with real embedders and a real Chroma server, which may be down, behind, or emptied."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aios.budgets.budgets import Budgets
from aios.budgets.limits import NO_LIMITS
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.errors import Misconfigured
from aios.events.log import EventLog
from aios.memory.embedders import OnnxEmbedder, choose_embedder
from aios.memory.fusion import MEANING
from aios.memory.memory import Memory
from aios.memory.openai_embedder import OpenAIEmbedder, Terms
from aios.settings import Settings
from tests.knowledge import BUSINESS, disconnect_memories, open_memory, titles
from tests.peers.chroma import ChromaPeer
from tests.peers.sentences import write_sentence_model
from tests.ports import free_port
from tests.tables import create_tables


@pytest.fixture(autouse=True)
def disconnected() -> Iterator[None]:
    """Connections end with the test."""
    yield
    disconnect_memories()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence model to which synonyms are the same."""
    return write_sentence_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def memory(database: Database, home: Path, chroma: ChromaPeer, model: Path) -> Memory:
    memory = open_memory(database, home, aios_embeddings="onnx", aios_onnx_dir=model, aios_chroma_url=chroma.url)
    memory.add(kind="note", title="Fees", text="Our tariff is on the wall.")
    memory.add(kind="note", title="Absence", text="The studio is closed in July.")
    memory.add(kind="note", title="Cake", text="Holiday cake is served in the garden.")
    return memory


def test_what_no_word_finds_is_found_by_its_meaning(memory: Memory) -> None:
    found = memory.search("What does it cost?")

    assert found.found[0].title == "Fees"
    assert (found.found[0].lexical, found.found[0].why) == (None, "means the like")
    assert found.notice == ""


def test_words_and_meaning_are_fused_into_one_ranking(memory: Memory) -> None:
    memory.add(kind="note", title="Rest", text="On holiday, on vacation: our absence from the desk.")
    found = memory.search("holiday vacation")

    assert found.found[0].title == "Rest"
    assert {"Absence", "Cake"} <= {one.title for one in found.found}
    assert found.found[0].why == "says holiday, vacation and means the like"
    for one in found.found:
        assert one.score == pytest.approx(
            (one.lexical or 0) + MEANING * (one.vector or 0) + sum(one.priors.values()), abs=1e-5
        )


def test_what_is_closed_is_not_found_by_its_meaning_either(memory: Memory) -> None:
    memory.close(memory.recall("cost")[0].item_id, "moved")

    assert "Fees" not in titles(memory, "cost")
    assert memory.check().ok


def test_recall_goes_by_words_and_says_so_while_the_server_is_down(memory: Memory, chroma: ChromaPeer) -> None:
    chroma.stop()
    try:
        found = memory.search("tariff")
        assert [one.title for one in found.found] == ["Fees"]
        assert "words alone" in found.notice
        memory.add(kind="note", title="Money back", text="We repay within a week.")
        assert not memory.check().ok
    finally:
        chroma.start()

    assert "not in the vector index" in memory.search("tariff").notice
    assert isinstance(memory.clock, ManualClock)
    memory.clock.advance(minutes=2)
    memory.ingest_folder(BUSINESS)
    assert titles(memory, "reimbursement")[0] == "Money back"
    assert memory.check().ok


def test_a_deleted_index_gives_the_same_answers_after_reindexing(memory: Memory, chroma: ChromaPeer) -> None:
    memory.ingest_folder(BUSINESS)
    questions = ("what is the fee for a homepage", "reimbursement", "robot")
    before = [memory.recall(question, k=20) for question in questions]
    for name in chroma.collections():
        path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{name}"
        assert httpx.delete(chroma.url + path, trust_env=False).is_success
    assert "not in the vector index" in memory.search("fee").notice

    memory.reindex()
    assert [memory.recall(question, k=20) for question in questions] == before
    assert memory.check().ok


def test_two_workspaces_on_one_server_do_not_see_each_other(
    memory: Memory, tmp_path: Path, chroma: ChromaPeer, model: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    create_tables(database)
    other = open_memory(database, tmp_path, aios_embeddings="onnx", aios_onnx_dir=model, aios_chroma_url=chroma.url)
    other.add(kind="note", title="Other", text="Our fee is small.")

    assert titles(other, "cost") == ["Other"]
    assert "Other" not in titles(memory, "cost")
    database.close()


def test_an_embedder_that_cannot_be_set_up_leaves_words_and_says_what_to_do(database: Database, home: Path) -> None:
    memory = open_memory(database, home, aios_embeddings="onnx", aios_onnx_dir=home)
    memory.add(kind="note", title="Fees", text="Our tariff is on the wall.")

    found = memory.search("tariff")
    assert [one.title for one in found.found] == ["Fees"]
    assert "AIOS_ONNX_DIR" in found.notice
    assert "AIOS_ONNX_DIR" in memory.check().notice


def test_the_embedder_follows_the_settings(model: Path, tmp_path: Path) -> None:
    terms = Terms(Budgets(EventLog(Database("sqlite://"), ManualClock()), lambda: NO_LIMITS))

    def chosen(**given: object) -> object:
        return choose_embedder(Settings.model_validate(given), terms)

    custom = f"http://127.0.0.1:{free_port()}/v1"
    assert isinstance(chosen(openai_api_key="k"), OpenAIEmbedder)
    assert chosen(openai_api_key="k", openai_base_url=custom) is None
    assert isinstance(chosen(openai_api_key="k", openai_base_url=custom, aios_onnx_dir=model), OnnxEmbedder)
    assert isinstance(chosen(openai_base_url=custom, aios_embeddings="openai"), OpenAIEmbedder)
    assert chosen() is None
    assert chosen(openai_api_key="k", aios_embeddings="lexical") is None
    for wrong in ({"aios_embeddings": "openai"}, {"aios_embeddings": "onnx"}, {"aios_onnx_dir": tmp_path}):
        with pytest.raises(Misconfigured):
            chosen(**wrong)
