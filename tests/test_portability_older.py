"""A file that an older version wrote arrives in this one: its events are read as of today, its memory is indexed anew.

`export-0001.zip` was written by aios 0.1.0 on the schema 0002, from made-up examples. It stays as it is for ever.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.events import upcasts
from aios.events.catalog import CATALOG, CaseOpened
from aios.events.integrity import projection_digests, rebuild, verify
from aios.kernel import Kernel
from aios.portability.arriving import Imported, import_
from tests.company import Company
from tests.invariants import check_promises
from tests.moving import opened
from tests.peers.chroma import ChromaPeer
from tests.peers.sentences import write_sentence_model
from tests.ports import free_port

STORED = Path(__file__).parent / "data" / "export-0001.zip"


@pytest.fixture
def came(database_url: str, home: Path) -> Iterator[tuple[Kernel, Imported]]:
    with opened(home, database_url) as kernel:
        yield kernel, import_(kernel, STORED)


def test_what_an_older_version_knew_is_known(came: tuple[Kernel, Imported]) -> None:
    kernel, imported = came
    company = Company(kernel)
    assert (imported.events, imported.blobs, imported.documents) == (108, 69, 8)
    assert [(case.id, case.status) for case in company.cases()] == [
        ("lead-0001", "waiting"), ("lead-0002", "waiting"), ("lead-0003", "closed"), ("lead-0004", "waiting"),
    ]  # fmt: skip
    assert [effect.state for effect in company.effects()] == ["approved", "captured", "proposed", "proposed"]
    with kernel.database.read() as connection:
        asked = kernel.decisions.list(connection, status="open")
        assert [kernel.decisions.shown(connection, each).title for each in asked] == [each.title for each in asked]
        assert len(asked) == 2
        assert [each.status for each in kernel.quarantine.list(connection)] == ["open"]
    assert any("Kiel" in found.text for found in kernel.memory.recall("Where is the fair?"))
    assert len(kernel.memory.items()) == 38


def test_an_older_log_stays_whole_gives_the_same_tables_again_and_goes_on(came: tuple[Kernel, Imported]) -> None:
    kernel, _ = came
    digests = projection_digests(kernel.log)
    rebuild(kernel.log)
    assert projection_digests(kernel.log) == digests
    company = Company(kernel, cursor=108)
    company.answer("lead-0001")
    company.mail("Hello, what does a website cost?", id="next", email="new@lead.example")
    company.work()
    assert [case.id for case in company.cases()][-1] == "lead-0005"
    assert verify(kernel.log).ok
    check_promises(kernel.database)


class CaseOpenedLater(CaseOpened):
    """As a later version of aios may say it."""

    version = 2
    urgency: str


def test_an_event_of_an_older_shape_is_read_in_the_newest_one_and_its_hash_still_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def raise_version(payload: dict[str, Any]) -> dict[str, Any]:
        return {**payload, "urgency": "as it was"}

    monkeypatch.setitem(CATALOG, CaseOpened.type, CaseOpenedLater)
    monkeypatch.setitem(upcasts.UPCASTS, (CaseOpened.type, 1), raise_version)
    with opened(tmp_path / "new") as kernel:
        import_(kernel, STORED)
        with kernel.database.read() as connection:
            found = kernel.log.read(connection, types=[CaseOpened.type])
        assert {event.payload.urgency for event in found} == {"as it was"}
        assert len(found) == len(Company(kernel).cases()) == 4
        assert verify(kernel.log).ok


def test_a_new_home_with_another_embedder_finds_by_meaning_what_the_old_one_knew(
    tmp_path: Path, chroma: ChromaPeer
) -> None:
    model = write_sentence_model(tmp_path / "model")
    with opened(tmp_path / "new", aios_embeddings="onnx", aios_onnx_dir=model, aios_chroma_url=chroma.url) as kernel:
        assert import_(kernel, STORED).notice == ""
        assert kernel.memory.vectors.missing() == 0
        index = kernel.memory.vectors.serving()
        assert index is not None and len(index.nearest("tariff")) == 38
        assert kernel.memory.search("tariff").notice == ""


def test_a_new_home_whose_vector_index_is_down_arrives_with_words_alone_and_says_so(tmp_path: Path) -> None:
    model = write_sentence_model(tmp_path / "model")
    nobody = f"http://127.0.0.1:{free_port()}"
    with opened(tmp_path / "new", aios_embeddings="onnx", aios_onnx_dir=model, aios_chroma_url=nobody) as kernel:
        came = import_(kernel, STORED)
        assert "aios rebuild" in came.notice
        assert came.indexed == 38
        assert any("Kiel" in found.text for found in kernel.memory.recall("fair in Kiel"))
