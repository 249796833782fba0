"""Documents become pieces under their headings; a changed file supersedes, a removed one is no longer believed."""

import email.message
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.database.engine import Database
from aios.events.integrity import projection_digests, rebuild
from aios.memory.chunks import MOST_CHARACTERS, chunk
from aios.memory.memory import Memory
from tests.knowledge import BUSINESS, OFFERS, open_memory, titles


@pytest.fixture
def memory(database: Database, home: Path) -> Memory:
    return open_memory(database, home)


def events_of(memory: Memory) -> int:
    with memory.log.database.read() as connection:
        return memory.log.head(connection)


def test_a_document_is_kept_in_pieces_under_its_headings(memory: Memory) -> None:
    result = memory.ingest_document("offers.md", OFFERS)

    assert (result.status, result.version, result.pieces, result.changed) == ("added", 1, 3, True)
    assert [(item.title, item.ordinal) for item in memory.items()] == [
        ("Offers", 1),
        ("Offers › Website Sprint", 2),
        ("Offers › Data Audit", 3),
    ]


def test_the_same_bytes_again_change_nothing(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)
    before = events_of(memory)

    assert memory.ingest_document("offers.md", OFFERS).status == "unchanged"
    assert events_of(memory) == before


def test_a_changed_document_supersedes_its_older_version(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)
    result = memory.ingest_document("offers.md", OFFERS.replace(b"4,800", b"5,200"))

    assert (result.status, result.version) == ("changed", 2)
    assert "5,200" in memory.recall("website sprint")[0].text
    assert not any("4,800" in item.text for item in memory.items())
    old = [item for item in memory.items(closed=True) if item.closed_at]
    assert {item.closed_reason for item in old} == {"superseded by version 2"}
    assert memory.ingest_document("offers.md", OFFERS).version == 3


def test_a_folder_is_learnt_and_what_is_removed_from_it_is_forgotten(memory: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "business"
    shutil.copytree(BUSINESS, folder)
    learnt = memory.ingest_folder(folder)
    assert {result.status for result in learnt} == {"added"}
    memory.ingest_document("terms-by-hand.md", b"# By hand\n\nUploaded, not dropped into the folder.")

    (folder / "faq.md").unlink()
    again = {result.name: result.status for result in memory.ingest_folder(folder)}
    assert again.pop("faq.md") == "removed"
    assert set(again.values()) == {"unchanged"}
    sources = {item.source for item in memory.items()}
    assert "document:faq.md" not in sources
    assert "document:terms-by-hand.md" in sources


def test_a_broken_file_is_refused_with_the_reason_and_keeps_no_neighbour_out(memory: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "business"
    folder.mkdir()
    for name, data in {
        "a.pdf": b"%PDF-1.4 broken",
        "b.png": b"\x89PNG",
        "c.md": b"   \n",
        "d.md": b"# Fine\n\nGood text.",
        ".hidden": b"x",
        "e.md": b"# NUL\n\nA \x00 byte and \xff too.",
    }.items():
        (folder / name).write_bytes(data)

    results = {result.name: result for result in memory.ingest_folder(folder)}
    assert {name: result.status for name, result in results.items()} == {
        "a.pdf": "refused",
        "b.png": "refused",
        "c.md": "refused",
        "d.md": "added",
        "e.md": "added",
    }
    assert all(result.reason and result.remedy for result in results.values() if result.status == "refused")


def test_a_file_that_breaks_keeps_its_last_good_version(memory: Memory) -> None:
    memory.ingest_document("offers.md", OFFERS)

    assert memory.ingest_document("offers.md", b" ").status == "refused"
    assert titles(memory, "website")[0] == "Offers › Website Sprint"


def test_a_folder_that_is_suddenly_empty_or_gone_takes_no_document_along(memory: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "business"
    folder.mkdir()
    for name in ("a.md", "b.md"):
        (folder / name).write_text(f"# {name}\n\nSomething about {name}.")
    memory.ingest_folder(folder)
    folder.rename(tmp_path / "away")
    assert memory.ingest_folder(folder) == []
    folder.mkdir()
    [result] = memory.ingest_folder(folder)
    assert (result.status, result.remedy) == ("refused", "Bring them back, or leave one file.")
    assert len(memory.items()) == 2
    (tmp_path / "away" / "a.md").rename(folder / "c.md")
    assert sorted(result.status for result in memory.ingest_folder(folder)) == ["added", "removed", "removed"]


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Offers", 0)
    document.add_heading("Website Sprint", 1)
    document.add_paragraph("A new website in four weeks.")
    document.add_paragraph("with a photo shoot", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("Size", "Price"), ("Six pages", "4,800 EUR")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_a_word_document_keeps_its_headings_lists_and_tables(memory: Memory) -> None:
    assert memory.ingest_document("offers.docx", word_file()).status == "added"
    [piece] = [item for item in memory.items() if item.title == "Offers › Website Sprint"]
    assert "- with a photo shoot" in piece.text
    assert "| Size | Price |\n|---|---|\n| Six pages | 4,800 EUR |" in piece.text


def test_a_word_document_that_is_none_or_unpacks_without_end_is_refused(memory: Memory) -> None:
    bomb = io.BytesIO(word_file())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/more.xml", b" " * 70_000_000)
    for data, reason in ((bomb.getvalue(), "unpacks to too much"), (b"PK\x03\x04", "cannot be read"), (b"", "")):
        result = memory.ingest_document("offers.docx", data)
        assert result.status == "refused"
        assert reason in result.reason


def test_html_mail_and_pdf_are_read_too(memory: Memory) -> None:
    page = b"<html><head><title>x</title><script>alert(1)</script></head><h1>Prices</h1><p>A <b>gadget</b> is 7 EUR."
    mail = email.message.EmailMessage()
    mail["Subject"] = "Agreed fee"
    mail.set_content("The gizmo costs 9 EUR.")

    for name, data in (("a.html", page), ("b.eml", mail.as_bytes()), ("c.pdf", _pdf("The widget costs 11 EUR."))):
        assert memory.ingest_document(name, data).status == "added"
    assert memory.recall("gadget")[0].title == "Prices"
    assert "alert" not in memory.recall("gadget")[0].text
    assert memory.recall("gizmo")[0].title == "Agreed fee"
    assert memory.recall("widget")[0].title == "Page 1"


@given(st.text(alphabet=st.sampled_from("ab -\n"), max_size=400), st.integers(20, 80))
@settings(deadline=None)
def test_no_piece_is_too_long_and_no_letter_is_lost(text: str, most: int) -> None:
    pieces = chunk(f"# Title\n{text}", "file.md", most)

    assert all(len(piece.text) <= most for piece in pieces)
    assert all(piece.headings == ("Title",) for piece in pieces)
    for letter in "ab":
        assert sum(piece.text.count(letter) for piece in pieces) == text.count(letter)


def test_a_long_table_repeats_its_header_in_each_piece() -> None:
    rows = "\n".join(f"| item {number} | {number} EUR |" for number in range(200))
    pieces = chunk(f"# Prices\n\n| What | Price |\n|---|---|\n{rows}", "prices.md")

    assert len(pieces) > 1
    assert all(piece.text.startswith("| What | Price |\n|---|---|\n|") for piece in pieces)
    assert all(len(piece.text) <= MOST_CHARACTERS for piece in pieces)


@given(
    moves=st.lists(
        st.one_of(
            st.tuples(st.just("document"), st.sampled_from("ab"), st.integers(0, 2)),
            st.tuples(st.just("note"), st.sampled_from("xyz"), st.integers(0, 2)),
            st.tuples(st.just("close"), st.just(""), st.integers(0, 5)),
        ),
        max_size=10,
    )
)
@settings(max_examples=20, deadline=None)
def test_whatever_is_learnt_and_forgotten_a_rebuild_and_a_reindex_are_identical(
    sqlite_file: Path,
    moves: list[tuple[str, str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copy(sqlite_file, folder)}")
        memory = open_memory(database, Path(folder))
        for kind, name, number in moves:
            if kind == "document":
                memory.ingest_document(f"{name}.md", f"# {name}\n\nfirst {number}\n\n## more\n\nsecond {name}".encode())
            elif kind == "note":
                memory.add(kind="note", title=name, text=f"first thing {number}")
            elif notes := memory.items(kinds=["note"]):
                memory.close(notes[number % len(notes)].item_id, "wrong")
        state = _everything(memory)
        rebuild(memory.log)
        assert _everything(memory) == state
        memory.reindex()
        assert _everything(memory) == state
        database.close()


def _everything(memory: Memory) -> object:
    return projection_digests(memory.log), memory.recall("first thing", k=50), memory.recall("second", k=50)


def _pdf(text: str) -> bytes:
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
