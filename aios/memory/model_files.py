"""The files of the sentence model that embeds on this machine: fetched on request, and there whole or not at all.

They are those of all-MiniLM-L6-v2 that Chroma publishes (Apache License 2.0).
"""

import fcntl
import os
import tarfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aios.errors import Conflict, HardFailure, InvalidInput, NotFound
from aios.memory.download import digest_of, download, wrong_file

SOURCE = "https://chroma-onnx-models.s3.amazonaws.com/all-MiniLM-L6-v2/onnx.tar.gz"
SHA256 = "913d7300ceae3b2dbc2c50d1de4baacab4be7b9380491c27fab7418616a16ec3"
ARCHIVE = "onnx.tar.gz"

TOKENIZER, MODEL = "tokenizer.json", "model.onnx"
FILES = (TOKENIZER, MODEL)
"""In the order in which they come to their place: where the last one is, all are."""

MARK = "fetched.sha256"
"""Says which archive the files are from; it is there only while they are all in their place."""

LARGEST = 1_000_000_000

Say = Callable[[str], None]


@dataclass(frozen=True)
class Fetched:
    """Where the files are now, and whether they were there before."""

    directory: str
    sha256: str
    already: bool


def is_there(directory: Path) -> bool:
    """Whether a folder has a model and its tokenizer."""
    return all((directory / name).is_file() for name in FILES)


def fetch(directory: Path, say: Say, *, source: str = "", sha256: str = SHA256) -> Fetched:
    """Bring the files into the folder, from the web, a mirror's address, or a folder or file on this machine.

    `Conflict` while another process does the same; see `download` for what else may happen.
    """
    if is_there(directory) and _mark(directory) == sha256:
        return Fetched(str(directory), sha256, already=True)
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        archive = directory / ARCHIVE
        local = _on_this_machine(source)
        if local is None:
            if not archive.is_file() or digest_of(archive) != sha256:
                download(_address(source), archive, sha256, say)
        elif (found := digest_of(local)) != sha256:
            raise wrong_file(str(local), found)
        _unpack(local or archive, directory)
        (directory / MARK).write_text(sha256)
        archive.unlink(missing_ok=True)
    return Fetched(str(directory), sha256, already=False)


def _mark(directory: Path) -> str:
    mark = directory / MARK
    return mark.read_text("utf-8").strip() if mark.is_file() else ""


@contextmanager
def _alone(directory: Path) -> Generator[None]:
    with (directory / ".fetching").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"Another process fetches into {directory}.", "Wait for it to end.") from None
        yield


def _on_this_machine(source: str) -> Path | None:
    """The archive that a folder or file holds; None where the source is on the web."""
    if not source or "://" in source:
        return None
    given = Path(source).expanduser()
    file = given / ARCHIVE if given.is_dir() else given
    if file.is_file():
        return file
    if is_there(given):
        raise InvalidInput(
            f"{given} has the files themselves, whose origin nobody can check.",
            f"Set AIOS_ONNX_DIR={given} to use them.",
        )
    raise NotFound(f"There is no {file}.", f"Give the folder that holds {ARCHIVE}, the file, or an address.")


def _address(source: str) -> str:
    """The archive's address: that given, which may be of the folder it is in."""
    if not source:
        return SOURCE
    return source if source.endswith((".gz", ".tgz", ".tar")) else f"{source.rstrip('/')}/{ARCHIVE}"


def _unpack(archive: Path, directory: Path) -> None:
    """Put each file in its place, whole: beside it first, then by its name."""
    try:
        with tarfile.open(archive) as opened:
            members = {Path(one.name).name: one for one in opened if one.isfile()}
            if lacking := [name for name in FILES if name not in members]:
                raise InvalidInput(f"{archive.name} has no {' and no '.join(lacking)}.", "Name another with --from.")
            (directory / MARK).unlink(missing_ok=True)
            for name in FILES:
                content = opened.extractfile(members[name])
                if content is None or members[name].size > LARGEST:
                    raise InvalidInput(f"{archive.name} holds no usable {name}.", "Name another with --from.")
                _put(content, directory / name)
    except (tarfile.TarError, EOFError) as error:
        raise InvalidInput(f"{archive.name} cannot be unpacked ({error}).", "Name another with --from.") from None
    except OSError as error:
        raise HardFailure(
            f"{directory} cannot be written ({error.strerror or error}).", "Make room, or name another AIOS_ONNX_DIR."
        ) from None


def _put(content: IO[bytes], place: Path) -> None:
    fresh = place.with_name(f".{place.name}.part")
    with fresh.open("wb") as file:
        while piece := content.read(1 << 20):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)
