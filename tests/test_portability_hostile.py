"""A file that is no honest export is refused in words: nothing is written outside, and the home stays empty."""

import hashlib
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aios.errors import AiosError, InvalidInput
from aios.events.tables import events
from aios.events.tail import GENESIS, event_hash
from aios.ids import canonical_json
from aios.kernel import Kernel
from aios.portability.arriving import import_
from aios.portability.layout import is_known
from aios.portability.unfinished import discard, staging
from tests.moving import files_below, opened, rewritten

STORED = Path(__file__).parent / "data" / "export-0001.zip"
Content = dict[str, bytes]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy = tmp_path / "files" / "export.zip"
    copy.parent.mkdir()
    copy.write_bytes(STORED.read_bytes())
    return copy


def refused(kernel: Kernel, file: Path) -> str:
    """What the import says; the home has nothing in it afterwards but the note that an import was broken off."""
    home = kernel.settings.home
    with pytest.raises(InvalidInput) as error:
        import_(kernel, file)
    assert error.value.remedy
    with kernel.database.read() as connection:
        for table in ("events", "blobs", "memory_items", "switches"):
            assert connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0, table
    assert not (home / "policies.yaml").exists()
    assert not (home / "business").exists()
    if staging(home).exists():
        discard(home)
    assert files_below(home.parent) - {f"files/{path.name}" for path in file.parent.iterdir()} == {"home/aios.db"}
    return str(error.value)


def attempt(tmp_path: Path, file: Path) -> str:
    with opened(tmp_path / "home") as kernel:
        return refused(kernel, file)


def said_anew(content: Content, name: str, data: bytes) -> None:
    """Replace a member, and have the manifest vouch for it."""
    content[name] = data
    manifest = json.loads(content["manifest.json"])
    manifest["members"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    content["manifest.json"] = canonical_json(manifest).encode()


def events_changed(content: Content, change: Callable[[list[dict[str, Any]]], object], chained: bool = True) -> None:
    """Change the events, and make the chain, the manifest and the digests right again."""
    rows = [json.loads(line) for line in content["events.jsonl"].splitlines()]
    change(rows)
    head = GENESIS
    for row in rows if chained else []:
        row["previous_hash"] = head
        row["hash"] = head = event_hash(row)
    said_anew(content, "events.jsonl", b"".join(f"{canonical_json(row)}\n".encode() for row in rows))
    manifest = json.loads(content["manifest.json"])
    manifest |= {"events": len(rows), "head": rows[-1]["hash"]}
    content["manifest.json"] = canonical_json(manifest).encode()


@pytest.mark.parametrize(
    "name",
    [
        "../evil.md",
        "/etc/evil.md",
        "business/../../evil.md",
        "business/a/../../../evil.md",
        "business\\..\\..\\evil.md",
        "business//evil.md",
        "business/./evil.md",
        "C:/evil.md",
        "business/C:evil.md",
        "business/a\nb.md",
        "business/",
        "aios.toml",
        "blobs/../evil",
        "tables/x/../../evil.jsonl",
    ],
)
def test_a_member_that_leads_elsewhere_is_refused(tmp_path: Path, file: Path, name: str) -> None:
    assert not is_known(name)
    evil = rewritten(file, lambda content: said_anew(content, name, b"evil"))
    assert "does not belong" in attempt(tmp_path, evil)


@given(name=st.text(min_size=1).map(lambda text: f"business/{text}"))
def test_every_name_that_is_taken_stays_in_its_folder(name: str) -> None:
    if is_known(name):
        home = Path("/home/of/somebody")
        assert Path(os.path.normpath(home / name)).is_relative_to(home / "business")
        assert Path(os.path.normpath(home / name)).relative_to(home).as_posix() == name


def link(file: Path) -> Path:
    evil = rewritten(file, lambda content: content.update(content))
    with zipfile.ZipFile(evil, "a") as archive:
        entry = zipfile.ZipInfo("business/link.md")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return evil


def test_a_link_is_refused(tmp_path: Path, file: Path) -> None:
    assert "does not belong" in attempt(tmp_path, link(file))


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("policies.yaml", "version: 1\n")
    assert "a member twice" in attempt(tmp_path, file)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, file: Path) -> None:
    bomb = rewritten(file, lambda content: said_anew(content, "business/bomb.md", bytes(64 * 2**20)))
    assert bomb.stat().st_size < 2**20
    assert "far more than a text" in attempt(tmp_path, bomb)


def test_a_member_longer_than_it_says_is_cut_off_and_refused(tmp_path: Path, file: Path) -> None:
    """The sizes in the zip's own directory lie, as those of a bomb would."""
    bomb = rewritten(file, lambda content: said_anew(content, "business/bomb.md", bytes(2**20)))
    short = struct.pack("<I", 10)
    data = bomb.read_bytes().replace(struct.pack("<I", 2**20), short)
    bomb.write_bytes(data)
    with zipfile.ZipFile(bomb) as archive:
        assert archive.getinfo("business/bomb.md").file_size == 10
    assert "not as long as" in attempt(tmp_path, bomb)


LIES: list[tuple[Callable[[Content], object], str]] = [
    (lambda content: content.update({"business/about.md": b"x" * len(content["business/about.md"])}), "manifest says"),
    (lambda content: content.update({"prompts/drafter.md": b"x" * len(content["prompts/drafter.md"])}), "manifest"),
    (lambda content: content.update({"business/extra.md": b"x"}), "is not in the manifest"),
    (lambda content: content.pop("policies.yaml"), "is missing"),
    (lambda content: content.pop("manifest.json"), "is missing"),
    (lambda content: content.pop("events.jsonl"), "is missing"),
    (lambda content: content.pop(next(name for name in content if name.startswith("blobs/"))), "as many blobs"),
    (lambda content: content.update({next(name for name in content if name.startswith("blobs/")): b""}), "its digest"),
    (lambda content: content.update({"manifest.json": b"{}"}), "is not one"),
    (lambda content: content.update({"manifest.json": b"\xff\x00"}), "is not one"),
    (lambda content: said_anew(content, "events.jsonl", b""), "does not hold the events"),
    (lambda content: said_anew(content, "events.jsonl", b"{}\n"), "holds what no log would"),
    (lambda content: said_anew(content, "events.jsonl", b"[" * 100_000 + b"\n"), "holds what no log would"),
    (lambda content: said_anew(content, "events.jsonl", content["events.jsonl"][:-1]), "cut off"),
    (lambda content: said_anew(content, "blobs.jsonl", b""), "its manifest names"),
    (lambda content: events_changed(content, lambda rows: rows[4].update(actor="me"), False), "event 5 is not as"),
    (lambda content: events_changed(content, lambda rows: rows.pop(4), False), "event 5 is not as"),
    (lambda content: events_changed(content, lambda rows: rows.reverse(), False), "event 1 is not as"),
    (lambda content: events_changed(content, lambda rows: rows[4].update(id=rows[3]["id"])), "no log would"),
    (lambda content: events_changed(content, lambda rows: rows[4]["payload"].clear()), "no log would"),
    (lambda content: said_anew(content, "rows/memory_uses.jsonl", b'{"item_id":1}\n'), "no log would"),
    (lambda content: said_anew(content, "rows/memory_uses.jsonl", b'{"item_id":"a"}\n'), "no log would"),
    (lambda content: said_anew(content, "rows/memory_uses.jsonl", b'{"colour":"a"}\n'), "no log would"),
    (lambda content: said_anew(content, "rows/memory_uses.jsonl", b"[]\n"), "no log would"),
    (lambda content: said_anew(content, "rows/events.jsonl", b""), "does not know"),
    (lambda content: events_changed(content, lambda rows: rows[4].update(seq=2**70)), "too large"),
]


@pytest.mark.parametrize(("lie", "said"), LIES, ids=range(len(LIES)))
def test_whatever_is_not_as_it_was_written_is_refused_and_named(
    tmp_path: Path, file: Path, lie: Callable[[Content], object], said: str
) -> None:
    assert said in attempt(tmp_path, rewritten(file, lie))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: _manifest(content, format=99, anything="new"),
        lambda content: _manifest(content, schema_revision="9999"),
        lambda content: events_changed(content, lambda rows: rows[0].update(version=99)),
        lambda content: events_changed(content, lambda rows: rows[0].update(type="planet.discovered")),
    ],
)
def test_a_file_of_a_newer_version_is_refused_with_what_to_install(
    tmp_path: Path, file: Path, change: Callable[[Content], object]
) -> None:
    assert "newer one, and import it there" in attempt(tmp_path, rewritten(file, change))


def _manifest(content: Content, **said: object) -> None:
    content["manifest.json"] = canonical_json({**json.loads(content["manifest.json"]), **said}).encode()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_that_is_cut_off_or_damaged_anywhere_leaves_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = STORED.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at]
    if data.draw(st.booleans()):
        damaged += bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "export.zip").write_bytes(damaged)
    with opened(folder / "home") as kernel:
        try:
            came = import_(kernel, folder / "export.zip")
        except AiosError:
            with kernel.database.read() as connection:
                assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == 0
        else:  # what was damaged says nothing, such as when an entry was written
            assert (came.events, came.blobs) == (108, 69)
