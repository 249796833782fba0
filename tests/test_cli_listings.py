"""Promises of the command line: listings for people and programs, one sentence on errors, exit codes 0, 1, 2."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aios.cli import main
from aios.clock import SystemClock
from aios.kernel import Kernel
from tests.commands import inside
from tests.workplace import ask, kernel_at, lead

LISTINGS = (
    "cases",
    "cases list",
    "decisions",
    "decisions list --status all",
    "events",
    "events list",
    "contacts",
    "effects",
    "quarantine --all",
    "memory list",
)


@pytest.fixture
def kernel(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    monkeypatch.setenv("AIOS_HOME", str(home))
    monkeypatch.setenv("AIOS_EMBEDDINGS", "lexical")
    monkeypatch.delenv("AIOS_DATABASE_URL", raising=False)
    kernel = kernel_at(home, SystemClock())
    yield kernel
    kernel.close()


def aios(line: str, *more: str) -> Result:
    return CliRunner().invoke(main.app, [*line.split(), *more], catch_exceptions=False)


def as_json(line: str):
    result = aios(f"{line} --json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("line", LISTINGS)
def test_a_listing_is_a_table_for_people_and_json_for_programs(kernel: Kernel, line: str) -> None:
    ask(kernel, lead(kernel))
    kernel.intake.receive_file("broken.json", b"{")
    kernel.memory.add(kind="note", title="Discount", text="Ten percent for charities.")
    assert aios(line).exit_code == 0
    found = as_json(line)
    assert isinstance(found, list)
    assert found
    assert isinstance(found[0], dict)


@pytest.mark.parametrize("line", LISTINGS)
def test_an_empty_listing_is_an_empty_list(kernel: Kernel, line: str) -> None:
    assert as_json(line) == []


def test_a_file_is_ingested_once_and_a_broken_one_quarantined(kernel: Kernel, tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    (inbox / "a.eml").write_text(
        "From: Ada <ada@e.example>\nSubject: Hi\nMessage-ID: <1@e.example>\n\nA website, please."
    )
    (inbox / "b.json").write_text("{")
    assert [item["became"] for item in as_json(f"ingest {inbox}")] == ["taken in", "quarantined"]
    assert [item["became"] for item in as_json(f"ingest {inbox}")] == ["known already", "quarantined"]


def test_decisions_are_shown_and_answered(kernel: Kernel) -> None:
    first, second, third = (ask(kernel, lead(kernel, email=f"p{n}@x.example")) for n in range(3))
    assert "EUR 3,200" in aios(f"decisions show {first}").stdout
    assert as_json(f"decisions show {first}")["shown"]["evidence"]
    assert "is approved" in aios(f"decisions approve {first}").stdout
    assert "is rejected" in aios("decisions reject", "lead-0002", "--note", "Not for us").stdout
    assert "is revised" in aios(f"decisions revise {third}", "--note", "Warmer").stdout
    assert as_json("decisions") == []
    statuses = {item["id"]: item["status"] for item in as_json("decisions list --status all")}
    assert statuses == {first: "approved", second: "rejected", third: "revised"}


def test_an_edit_is_given_by_field_or_in_the_editor(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (ask(kernel, lead(kernel, email=f"p{n}@x.example")) for n in range(2))
    assert (
        aios(f"decisions edit {first}", "--set", "subject=Better", "--set", "to=a@x.example,b@x.example").exit_code == 0
    )
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import sys, pathlib\nf = pathlib.Path(sys.argv[1])\nf.write_text(f.read_text().replace('3,200', '3,400'))"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")
    assert aios(f"decisions edit {second}").exit_code == 0
    requests = {item["case_id"]: as_json(f"effects show {item['key']}")["request"] for item in as_json("effects")}
    assert (requests["lead-0001"]["subject"], requests["lead-0001"]["to"]) == ("Better", ["a@x.example", "b@x.example"])
    assert "EUR 3,400" in requests["lead-0002"]["text"]


def test_cases_are_held_let_go_run_again_and_ended(kernel: Kernel) -> None:
    case_id = lead(kernel)
    for action in ("pause", "resume", "retry --step lead_context", "cancel"):
        name, *options = action.split()
        assert aios(f"cases {name} {case_id}", *options).exit_code == 0
    assert as_json(f"cases show {case_id}")["outcome"] == "cancelled"
    assert "wrote by api" in aios(f"cases show {case_id}").stdout


def test_contacts_are_merged_and_the_merge_is_taken_back(kernel: Kernel) -> None:
    for email in ("ada@one.example", "ada@two.example"):
        ask(kernel, lead(kernel, email=email))
    one, two = (item["id"] for item in as_json("contacts -q ada@"))
    assert aios(f"contacts merge {one} {two}").exit_code == 0
    assert as_json(f"contacts show {two}")["id"] == one
    assert aios(f"contacts unmerge {two}").exit_code == 0
    assert as_json(f"contacts show {two}")["id"] == two


def test_memory_is_shown_corrected_and_retracted_with_its_history(kernel: Kernel) -> None:
    old = kernel.memory.add(kind="note", title="Fair", text="It is in Kiel.")
    corrected = json.loads(aios(f"memory correct {old} --json --reason moved --text", "It is in Jena.").stdout)
    new = corrected["item_id"]
    assert as_json(f"memory show {new}")["version"] == 2
    assert "It is in Jena." in aios(f"memory show {new}").stdout
    assert aios(f"memory retract {new}", "--reason", "no fair").exit_code == 0
    assert [one["text"] for one in as_json(f"memory history {old}")] == ["It is in Kiel.", "It is in Jena."]
    assert "no fair" in aios(f"memory history {new}").stdout


def test_a_fact_is_told_and_listed_and_supersedes(kernel: Kernel) -> None:
    told = json.loads(aios("memory fact business location Kiel --from 2026-01-01 --json").stdout)
    assert told["outcome"] == "learned"
    assert "it was Kiel" in aios("memory fact business location Jena").stdout
    assert "was Jena already" in aios("memory fact business location Jena").stdout
    assert [fact["value"] for fact in as_json("memory facts business")] == ["Jena"]
    assert "Location" in aios("memory facts business").stdout
    assert "contradicts Jena" in aios("memory fact business location Bonn --from", told_at(kernel)).stdout


def told_at(kernel: Kernel) -> str:
    """When the fact that is believed began to hold."""
    with kernel.database.read() as connection:
        return kernel.facts.known(connection, "business")[0].valid_from


def test_memory_is_added_found_and_forgotten(kernel: Kernel, tmp_path: Path) -> None:
    offers = tmp_path / "offers.md"
    offers.write_text("# Website\n\nA small website costs EUR 3,200.")
    assert as_json(f"memory add {offers}")[0]["status"] == "added"
    [note] = json.loads(aios("memory add --json --text", "Charities pay less", "--title", "Discount").stdout)
    assert "EUR 3,200" in as_json("memory search website")["found"][0]["text"]
    assert aios(f"memory forget {note['item_id']}").exit_code == 0
    assert "Nothing fits." in aios("memory search charities").stdout


def test_outgoing_is_stopped_undone_and_released(kernel: Kernel) -> None:
    aios(f"decisions approve {ask(kernel, lead(kernel))}")
    assert aios("effects stop").exit_code == 0
    [effect] = as_json("effects --state approved")
    assert aios(f"effects undo {effect['key']}").exit_code == 0
    assert aios("effects release").exit_code == 0


def test_quarantine_is_saved_and_discarded(kernel: Kernel, tmp_path: Path) -> None:
    kernel.intake.receive_file("broken.json", b"{")
    [thing] = as_json("quarantine")
    assert aios(f"quarantine save {thing['id']} {tmp_path / 'raw'}").exit_code == 0
    assert (tmp_path / "raw").read_bytes() == b"{"
    assert aios(f"quarantine discard {thing['id']}").exit_code == 0
    assert as_json("quarantine") == []


def test_the_log_is_verified_and_rebuilt_identically(kernel: Kernel) -> None:
    ask(kernel, lead(kernel))
    assert as_json("events verify")["ok"]
    found = as_json("rebuild")
    assert found["mended"] == []
    assert found["events"] == as_json("events list --limit 1000")[-1]["position"]
    assert as_json("costs")["today_micros"] == 0


def test_text_from_outside_cannot_steer_the_terminal(kernel: Kernel) -> None:
    lead(kernel, name="\x1b[31mred\x1b[0m", subject="\x1b]0;owned\x07[bold]not bold[/bold]")
    text = aios("cases").stdout + aios("cases show lead-0001").stdout
    assert "\x1b" not in text
    assert "[bold]not bold[/bold]" in text


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("cases show lead-9999", 1, "There is no case lead-9999."),
        ("decisions approve dec_nope", 1, "There is no decision dec_nope."),
        ("cases pause", 2, "Missing argument"),
        ("cases --bogus", 2, "No such option"),
        ("nonsense", 2, "No such command"),
        ("ingest /nowhere/at/all", 2, "does not exist"),
        ("memory add", 1, "Give files, or one text."),
    ],
)
def test_an_error_is_one_sentence_with_its_remedy(kernel: Kernel, line: str, code: int, said: str) -> None:
    ended = inside(kernel.settings.home, *line.split())
    assert ended.returncode == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.breaks_promises
def test_a_tampered_log_fails_the_verification(kernel: Kernel) -> None:
    import sqlalchemy as sa

    lead(kernel)
    with kernel.database.write() as tx:
        tx.execute(sa.text("UPDATE events SET actor = 'somebody else' WHERE position = 1"))
    ended = inside(kernel.settings.home, "events", "verify")
    assert ended.returncode == 1
    assert "position 1" in ended.stderr
