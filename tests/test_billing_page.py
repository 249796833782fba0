"""The Billing page: what is open and overdue, its plots with a table each, and an invoice with its history."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from aios.kernel import Kernel
from aios.workspace.reading.plot import Value, plot
from tests.figures import issue, receive
from tests.workplace import client_of, kernel_at


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = kernel_at(home)
    yield kernel
    kernel.close()


@pytest.fixture
def client(kernel: Kernel) -> TestClient:
    return client_of(kernel)


def test_an_empty_workspace_says_what_to_do(client: TestClient) -> None:
    shown = client.get("/billing")
    assert shown.status_code == 200 and "Nothing is billed yet" in shown.text and "<svg viewBox" not in shown.text


def test_what_is_overdue_stands_out_and_can_be_looked_at_alone(kernel: Kernel, client: TestClient) -> None:
    issue(kernel, "a", "2026-10-01", "1000.00", customer='<script>alert("x")</script>')
    issue(kernel, "b", "2026-11-01", "10.00", customer="Bäckerei Sommer")
    shown = client.get("/billing").text
    assert "18 days overdue" in shown and "1,201.90 EUR" in shown and "Not due" in shown
    assert "<script>alert" not in shown
    late = client.get("/billing?view=overdue").text
    assert "18 days overdue" in late and "Not due" not in late
    assert "18 days overdue" in client.get("/live/billing?view=overdue").text
    assert client.get("/billing?view=nonsense").status_code == 200


def test_each_plot_is_named_described_and_there_as_a_table(kernel: Kernel, client: TestClient) -> None:
    issue(kernel, "a", "2026-10-01", "1000.00")
    shown = client.get("/billing").text
    for name in ("aging-receivable-EUR", "forecast-EUR", "months-EUR"):
        assert f'aria-labelledby="{name}-title {name}-desc"' in shown and f'<desc id="{name}-desc">' in shown
    assert shown.count("As a table") == 3
    assert "The highest is Oct 26: 1,000.00 EUR" in shown
    assert "190.00 EUR" not in client.get("/billing").text.split('id="vat"')[1]
    kernel.clock.at = kernel.clock.at.replace(month=10)  # pyright: ignore
    assert "190.00 EUR" in client.get("/billing").text.split('id="vat"')[1]


def test_bars_stay_within_the_drawing_and_what_is_negative_hangs_below_the_line() -> None:
    found = plot("x", "X", "EUR", [Value("a", 300), Value("b", -100), Value("c", 0), Value("d", 1)], "Sums")
    assert found.zero == 75.0
    assert [(bar.y, bar.height) for bar in found.bars] == [(0.0, 75.0), (75.0, 25.0), (75.0, 0.0), (74.0, 1.0)]
    assert plot("x", "X", "EUR", [], "Sums").width == 0


def test_an_invoice_shows_what_became_of_it_and_gives_its_files(kernel: Kernel, client: TestClient) -> None:
    invoice = issue(kernel, "draft/a", "2026-09-01", "1000.00")
    receive(kernel, invoice, "2026-10-01", 19000)
    kernel.billing.dunning.propose(date(2026, 11, 1))
    shown = client.get(f"/billing/{invoice.name}").text
    assert "1,000.00 EUR" in shown and "48 days overdue" in shown
    for happened in ("Issued", "Booked", "Paid", "Reminder 1"):
        assert happened in shown
    with kernel.database.read() as connection:
        files = kernel.billing.issued.files(connection, invoice)
    answer = client.get(f"/billing/{invoice.name}/pdf")
    assert answer.content == files.pdf and f"{invoice.name}.pdf" in answer.headers["content-disposition"]
    assert client.get(f"/billing/{invoice.name}/ubl").content == files.ubl
    assert client.get("/billing/2026-9999").status_code == 404
    assert client.get(f"/billing/{invoice.name}/exe").status_code in (404, 422)
    with kernel.database.write() as tx:
        kernel.books.take_back(tx, f"issued/{invoice.key}", "Wrong")
    assert "taken back" in client.get(f"/billing/{invoice.name}").text


def test_the_report_of_a_month_is_there_to_be_kept(kernel: Kernel, client: TestClient) -> None:
    issue(kernel, "a", "2026-10-01", "1000.00")
    assert "/billing/report/2026-10/pdf" in client.get("/billing").text
    assert client.get("/billing/report/2026-10/pdf").content.startswith(b"%PDF")
    assert "1,000.00 EUR" in client.get("/billing/report/2026-10/md").text.replace("\\", "")
    assert client.get("/billing/report/2026-13/pdf").status_code == 422


def test_the_api_tells_the_same(kernel: Kernel, client: TestClient) -> None:
    issue(kernel, "a", "2026-10-01", "1000.00")

    def ask(what: str) -> dict:
        answer = client.get(f"/api/finance/{what}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert [each["open"] for each in ask("open")["items"]] == [119000]
    assert ask("open?on=2026-09-30")["items"] == []
    assert [each["open"] for each in ask("aging")["lines"]] == [0, 119000, 0, 0, 0]
    assert ask("forecast")["lines"][0]["expected"] == 119000
    assert ask("vat?month=2026-10")["payable"] == {"EUR": 19000}
    assert ask("revenue?month=2026-10")["customers"][0]["net"] == 100000
    assert ask("profit?month=2026-10")["result"] == {"EUR": 100000}
    assert ask("vat")["month"] == "2026-11"
    assert client.get("/api/finance/vat?month=2026-13").status_code == 422
    assert client.get("/api/finance/open?on=tomorrow").status_code == 422
