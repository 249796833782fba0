"""`aios invoices`: what it shows, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aios.cli.main import app
from aios.invoices.hybrid import write_facturx
from aios.invoices.page import draw_page
from aios.invoices.ubl_writer import write_ubl
from tests.bills import bill
from tests.commands import here
from tests.test_invoices_pdf import plain

run = CliRunner()


def test_an_invoice_is_shown_and_a_right_one_ends_with_0(tmp_path: Path) -> None:
    file = tmp_path / "own.pdf"
    file.write_bytes(write_facturx(plain()))
    shown = run.invoke(app, ["invoices", "check", str(file), "--schematron"])
    assert shown.exit_code == 0, shown.output
    for said in ("RE-2026-0042", "Nordlicht Studio GmbH", "Workshop", "1,785.00 EUR"):
        assert said in shown.output
    assert "error" not in shown.output


def test_a_wrong_one_ends_with_1_and_names_the_rule(tmp_path: Path) -> None:
    file = tmp_path / "own.xml"
    file.write_bytes(write_ubl(plain()).replace(b">1785.00<", b">1785.01<"))
    shown = run.invoke(app, ["invoices", "check", str(file), "--json"])
    assert shown.exit_code == 1
    assert "BR-CO-15" in {each["rule"] for each in json.loads(shown.output)["findings"]}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_pdf_without_data_shows_what_its_text_seems_to_say(tmp_path: Path, as_json: bool) -> None:
    file = tmp_path / "plain.pdf"
    file.write_bytes(draw_page(plain(), "en"))
    shown = run.invoke(app, ["invoices", "read", str(file), *(["--json"] if as_json else [])])
    assert shown.exit_code == 0, shown.output
    assert "RE-2026-0042" in shown.output
    assert "confidence" in shown.output


def test_a_draft_is_issued_booked_and_listed_from_the_command_line(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*words: str) -> Any:
        done = here(app, home, monkeypatch, *words, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    draft, out = tmp_path / "draft.xml", tmp_path / "out"
    draft.write_bytes(write_ubl(bill("DRAFT")))
    for _ in range(2):
        told = said("invoices", "issue", str(draft), "--to", str(out), "--on", "2026-11-25")
        assert told["name"] == "2026-0001"
    assert sorted(file.name for file in out.iterdir()) == ["2026-0001.cii.xml", "2026-0001.pdf", "2026-0001.xml"]
    assert [each["name"] for each in said("invoices", "issued")] == ["2026-0001"]
    balances = {each["account"]: each["minor"] for each in said("ledger", "balances")}
    assert balances == {"1400": 11900, "1776": -1900, "8400": -10000}
    assert said("ledger", "check") == {"ok": True, "problems": []}


def test_a_draft_is_handed_in_once_and_a_wrong_one_is_refused_with_its_place(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("customer: {name: Werft Nord}\nlines: [{name: Text, price: 100, tax: {rate: 19}}]\n")
    bad.write_text("customer: {name: Werft Nord}\nlines: []\n")
    became = []
    for _ in range(2):
        done = here(app, home, monkeypatch, "invoices", "draft", str(good), "--json")
        became += [(each["became"], each["case_id"]) for each in json.loads(done.stdout)]
    assert became == [("taken in", "bill-0001"), ("known already", "bill-0001")]
    refused = here(app, home, monkeypatch, "invoices", "draft", str(bad))
    assert refused.exit_code == 1 and "wrong at lines" in str(refused.exception)
