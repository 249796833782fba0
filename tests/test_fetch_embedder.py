"""The files of the sentence model: fetched on request, checked, gone on with, and never there in part."""

import fcntl
import io
import json
import tarfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from aios.errors import AiosError, Conflict, HardFailure, InvalidInput, Misconfigured, NotFound, SoftFailure
from aios.memory.embedders import OnnxEmbedder, choose_embedder
from aios.memory.model_files import ARCHIVE, FILES, MARK, fetch, is_there
from aios.memory.openai_embedder import Terms
from aios.settings import Settings
from tests.commands import inside
from tests.peers.files import FileServer
from tests.peers.sentences import write_sentence_model
from tests.ports import free_port


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The model's archive as it is published: a folder with more files than are wanted."""
    model = write_sentence_model(tmp_path_factory.mktemp("model"))
    return packed({f"onnx/{name}": (model / name).read_bytes() for name in (*FILES,)} | {"onnx/vocab.txt": b"x" * 999})


@pytest.fixture
def server(archive: bytes) -> Iterator[FileServer]:
    server = FileServer(archive).start()
    yield server
    server.stop()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "models" / "minilm"


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def left_over(directory: Path) -> set[str]:
    return {file.name for file in directory.iterdir()} - {*FILES, MARK, ".fetching"}


def silent(_: str) -> None: ...


def test_the_right_file_is_unpacked_and_embeds_and_is_not_fetched_again(
    server: FileServer, directory: Path, archive: bytes
) -> None:
    first = fetch(directory, silent, source=server.url, sha256=digest(archive))
    again = fetch(directory, silent, source=server.url, sha256=digest(archive))

    assert (first.already, again.already, len(server.asked)) == (False, True, 1)
    assert OnnxEmbedder(directory).embed(["price", "fee"])[0] == OnnxEmbedder(directory).embed(["tariff"])[0]
    assert left_over(directory) == set()


def test_what_broke_off_goes_on_where_it_was(server: FileServer, directory: Path, archive: bytes) -> None:
    server.cuts = [200, 100]
    for _ in range(2):
        with pytest.raises(SoftFailure, match="Run it again"):
            fetch(directory, silent, source=server.url, sha256=digest(archive))
        assert not is_there(directory)
    fetch(directory, silent, source=server.url, sha256=digest(archive))

    assert server.asked == ["bytes=0-", "bytes=200-", "bytes=300-"]
    assert is_there(directory) and left_over(directory) == set()


def test_a_server_that_knows_no_parts_is_read_from_the_beginning(
    server: FileServer, directory: Path, archive: bytes
) -> None:
    server.cuts, server.ranges = [500], False
    with pytest.raises(SoftFailure):
        fetch(directory, silent, source=server.url, sha256=digest(archive))
    fetch(directory, silent, source=server.url, sha256=digest(archive))

    assert is_there(directory)


def test_another_file_is_refused_and_nothing_of_it_stays(server: FileServer, directory: Path, archive: bytes) -> None:
    server.content = archive[:-9] + b"different"
    with pytest.raises(HardFailure, match=digest(server.content)):
        fetch(directory, silent, source=server.url, sha256=digest(archive))

    assert not is_there(directory) and left_over(directory) == set()


def test_a_part_of_another_file_does_not_spoil_the_right_one(
    server: FileServer, directory: Path, archive: bytes
) -> None:
    directory.mkdir(parents=True)
    for wrong in (b"?" * 700, b"?" * (len(archive) + 5)):
        (directory / f"{ARCHIVE}.part").write_bytes(wrong)
        (directory / MARK).unlink(missing_ok=True)
        fetch(directory, silent, source=server.url, sha256=digest(archive))
        assert is_there(directory) and left_over(directory) == set()


@pytest.mark.parametrize(("status", "kind"), [(404, HardFailure), (403, HardFailure), (503, SoftFailure)])
def test_a_refusal_is_said_with_what_to_do(
    status: int, kind: type[AiosError], server: FileServer, directory: Path
) -> None:
    server.status = status
    with pytest.raises(kind, match=rf"answers {status}.*--from"):
        fetch(directory, silent, source=server.url)


def test_what_cannot_be_a_source_is_refused(directory: Path, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/onnx.tar.gz"
    model = write_sentence_model(tmp_path / "bare")
    refused = {nobody: SoftFailure, "ftp://x/y.tar": Misconfigured, str(tmp_path): NotFound, str(model): InvalidInput}
    for source, kind in refused.items():
        with pytest.raises(kind):
            fetch(directory, silent, source=source)


def test_a_folder_on_this_machine_is_read_and_left_as_it_is(directory: Path, tmp_path: Path, archive: bytes) -> None:
    (tmp_path / ARCHIVE).write_bytes(archive)
    with pytest.raises(HardFailure, match="not the file"):
        fetch(directory, silent, source=str(tmp_path))
    fetch(directory, silent, source=str(tmp_path), sha256=digest(archive))

    assert is_there(directory)
    assert (tmp_path / ARCHIVE).read_bytes() == archive


@pytest.mark.parametrize(
    "content", [b"no archive", packed({"onnx/model.onnx": b"m"}), packed({"tokenizer.json": b"t"})]
)
def test_an_archive_without_the_files_brings_none_of_them(content: bytes, directory: Path, tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).write_bytes(content)
    with pytest.raises(InvalidInput):
        fetch(directory, silent, source=str(tmp_path), sha256=digest(content))

    assert not is_there(directory)


def test_two_at_once_do_not_write_into_one_folder(server: FileServer, directory: Path, archive: bytes) -> None:
    directory.mkdir(parents=True)
    with (directory / ".fetching").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Conflict):
            fetch(directory, silent, source=server.url, sha256=digest(archive))
    fetch(directory, silent, source=server.url, sha256=digest(archive))


def test_a_person_fetches_it_and_recall_uses_it_without_another_setting(
    server: FileServer, home: Path, archive: bytes, terms: Terms
) -> None:
    server.cuts = [100]
    command = ("memory", "fetch-embedder", "--from", server.url, "--sha256", digest(archive))
    broken = inside(home, *command)
    assert (broken.returncode, "goes on from there" in broken.stderr) == (1, True)
    assert choose_embedder(Settings(aios_home=home), terms) is None

    done = inside(home, *command, "--json")
    assert json.loads(done.stdout)["directory"] == str(home / "models" / "all-MiniLM-L6-v2")
    assert isinstance(choose_embedder(Settings(aios_home=home), terms), OnnxEmbedder)


@pytest.fixture
def terms() -> Terms:
    from aios.budgets.budgets import Budgets
    from aios.budgets.limits import NO_LIMITS
    from aios.clock import ManualClock
    from aios.database.engine import Database
    from aios.events.log import EventLog

    return Terms(Budgets(EventLog(Database("sqlite://"), ManualClock()), lambda _: NO_LIMITS))
