"""Forgetting reaches what other programs keep: Dagster's storage holds nothing personal, Chroma no vector of theirs."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from aios.forgetting.forgetting import forget
from assets.lead_intake import LEAD_INTAKE_CHAIN
from tests.company import Company, found_company
from tests.forgotten import WORDS, contact_of, traces, worked, write
from tests.peers.chroma import ChromaPeer, start_chroma
from tests.peers.sentences import write_sentence_model


@pytest.fixture
def server() -> Iterator[ChromaPeer]:
    """A Chroma server of this test's own, whose files are searched."""
    peer = start_chroma()
    yield peer
    peer.close()


@pytest.fixture
def meaning(home: Path, tmp_path: Path, server: ChromaPeer) -> Iterator[Company]:
    """A company that also finds by meaning."""
    model = write_sentence_model(tmp_path / "model")
    given = {"aios_embeddings": "onnx", "aios_onnx_dir": model, "aios_chroma_url": server.url}
    company = found_company(home, **given)
    yield company
    company.kernel.close()


def test_vectors_of_what_was_forgotten_are_gone_and_the_others_stay(meaning: Company, server: ChromaPeer) -> None:
    kernel, contact = meaning.kernel, contact_of(meaning, worked(meaning))
    gone = kernel.memory.add(kind="note", title="On her", text="She likes it marzipanig.", subject=contact)
    kept = kernel.memory.add(kind="note", title="Fees", text="Our tariff is on the wall.")
    assert {gone, kept} <= (kernel.memory.vectors.held() or set())
    assert forget(kernel, contact).finished
    held = kernel.memory.vectors.held() or set()
    assert gone not in held and kept in held
    assert [one.item_id for one in kernel.memory.search("What does it cost?").found][:1] == [kept]
    files = [path.read_bytes().lower() for path in server.directory.rglob("*") if path.is_file()]
    assert not [word for word in WORDS for data in files if word.encode() in data]


def test_without_the_vector_server_it_is_not_finished_and_says_so_until_it_answers(
    meaning: Company, server: ChromaPeer
) -> None:
    kernel, contact = meaning.kernel, contact_of(meaning, worked(meaning))
    kernel.memory.add(kind="note", title="On her", text="She likes it marzipanig.", subject=contact)
    server.stop()
    begun = forget(kernel, contact)
    assert not begun.finished and "does not answer" in begun.notice
    server.start()
    done = forget(kernel, contact)
    assert done.finished and done.certificate == begun.certificate


def test_dagsters_storage_and_its_logs_hold_nothing_personal(home: Path) -> None:
    company = found_company(home)
    case_id = write(company)
    (home / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(home / "dagster")) as instance:
        instance.add_dynamic_partitions(str(LEAD_INTAKE_CHAIN.partitions.name), [case_id])
        definitions = dg.Definitions(
            assets=[LEAD_INTAKE_CHAIN.assets],
            jobs=[LEAD_INTAKE_CHAIN.job],
            resources={"kernel": dg.ResourceDefinition.hardcoded_resource(company.kernel)},
        )
        job = definitions.resolve_job_def("lead_intake_job")
        assert job.execute_in_process(instance=instance, partition_key=case_id, raise_on_error=False)
        assert company.output(case_id, "lead_reply_draft")
    assert list((home / "dagster").rglob("*.db"))
    told = [line for line in traces(company) if line.startswith("dagster")]
    assert told == []
    forget(company.kernel, contact_of(company, case_id))
    assert traces(company) == []
    company.kernel.close()
