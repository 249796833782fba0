"""Promises of the API's own description, and of every error it answers with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.workplace import client_of, kernel_at

CALLS = {
    ("/api/preferences", "get"): {"200"},
    ("/api/preferences/{preference_id}", "get"): {"200", "404", "422"},
    ("/api/preferences/{preference_id}/off", "post"): {"200", "404", "409", "422"},
    ("/api/preferences/{preference_id}/on", "post"): {"200", "404", "409", "422"},
    ("/api/webhooks/{source}", "post"): {"200", "202", "401", "404", "422"},
    ("/api/events", "post"): {"200", "202", "422"},
    ("/api/events", "get"): {"200", "422"},
    ("/api/cases", "get"): {"200", "422"},
    ("/api/cases/{case_id}", "get"): {"200", "404", "422"},
    ("/api/cases/{case_id}/pause", "post"): {"200", "404", "409", "422"},
    ("/api/cases/{case_id}/resume", "post"): {"200", "404", "409", "422"},
    ("/api/cases/{case_id}/retry", "post"): {"200", "404", "409", "422"},
    ("/api/cases/{case_id}/rollback", "get"): {"200", "404", "422"},
    ("/api/cases/{case_id}/rollback", "post"): {"200", "404", "409", "422"},
    ("/api/cases/{case_id}/cancel", "post"): {"200", "404", "409", "422"},
    ("/api/contacts/{contact_id}", "get"): {"200", "404", "422"},
    ("/api/contacts/{contact_id}/summary", "get"): {"200", "404", "422"},
    ("/api/contacts/{contact_id}/correct", "post"): {"200", "404", "409", "422"},
    ("/api/contacts/{contact_id}/forget", "get"): {"200", "404", "409", "422"},
    ("/api/contacts/{contact_id}/forget", "post"): {"200", "404", "409", "422"},
    ("/api/decisions", "get"): {"200", "422"},
    ("/api/decisions/{decision_id}", "get"): {"200", "404", "422"},
    ("/api/decisions/{decision_id}", "post"): {"200", "404", "409", "422"},
    ("/api/connectors", "get"): {"200"},
    ("/api/connectors/{name}", "get"): {"200", "404", "422"},
    ("/api/connectors/{name}/test", "post"): {"200", "404", "422"},
    ("/api/connectors/{name}/mode", "post"): {"200", "404", "409", "422"},
    ("/api/connectors/{name}/preview", "post"): {"200", "404", "422"},
    ("/api/effects", "get"): {"200", "422"},
    ("/api/invoices", "get"): {"200", "422"},
    ("/api/invoices", "post"): {"200", "202", "422"},
    ("/api/invoices/drafts", "post"): {"200", "202", "422"},
    ("/api/invoices/issued", "get"): {"200", "422"},
    ("/api/invoices/{case_id}/paid", "post"): {"200", "404", "409", "422"},
    ("/api/ledger/balances", "get"): {"200", "422"},
    ("/api/ledger/entries", "get"): {"200", "422"},
    ("/api/finance/review", "get"): {"200", "422"},
    ("/api/finance/review", "post"): {"200", "422"},
    ("/api/finance/open", "get"): {"200", "422"},
    ("/api/finance/aging", "get"): {"200", "422"},
    ("/api/finance/forecast", "get"): {"200", "422"},
    ("/api/finance/vat", "get"): {"200", "422"},
    ("/api/finance/revenue", "get"): {"200", "422"},
    ("/api/finance/profit", "get"): {"200", "422"},
    ("/api/statements/entries", "get"): {"200", "422"},
    ("/api/statements/undo", "post"): {"200", "404", "409", "422"},
    ("/api/payments", "get"): {"200", "422"},
    ("/api/payments/recoveries", "get"): {"200", "422"},
    ("/api/memory", "post"): {"201", "422"},
    ("/api/memory/facts", "post"): {"201", "404", "422"},
    ("/api/memory/facts", "get"): {"200", "404", "422"},
    ("/api/memory/search", "get"): {"200", "404", "422"},
    ("/api/memory/{item_id}", "get"): {"200", "404", "422"},
    ("/api/memory/{item_id}/history", "get"): {"200", "404", "422"},
    ("/api/memory/{item_id}/correct", "post"): {"201", "404", "409", "422"},
    ("/api/memory/{item_id}/retract", "post"): {"204", "404", "409", "422"},
    ("/api/memory/{thing_id}/why", "get"): {"200", "404", "422"},
    ("/api/memory/{thing_id}/influence", "get"): {"200", "404", "422"},
    ("/api/memory/{item_id}/repair", "get"): {"200", "404", "422"},
    ("/api/memory/{item_id}/repair", "post"): {"200", "404", "409", "422"},
    ("/api/memory/{item_id}", "delete"): {"204", "404", "409", "422"},
    ("/api/costs", "get"): {"200", "422"},
    ("/api/metrics", "get"): {"200"},
    ("/api/health", "get"): {"200"},
}


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    kernel = kernel_at(home)
    yield client_of(kernel)
    kernel.close()


def test_the_description_names_every_call_with_its_answers(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    described = {
        (path, method): set(operation["responses"])
        for path, found in paths.items()
        for method, operation in found.items()
    }
    assert described == CALLS


def test_errors_are_described_as_problem_documents(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    content = response["content"]["application/problem+json"]
                    assert content["schema"]["$ref"].endswith("/Problem")
                elif status != "204":
                    assert response["content"]["application/json"]["schema"]["$ref"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nowhere", 404),
        ("GET", "/api", 404),
        ("GET", "/api/cases/lead-9999", 404),
        ("PUT", "/api/cases", 405),
        ("POST", "/api/decisions/dec_nope", 422),
        ("GET", "/api/cases?limit=x", 422),
    ],
)
def test_every_error_is_a_problem_document(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:aios:problem:")
    assert problem["title"]
    assert problem["detail"]
