"""Promises of the API about cases, decisions, effects, memory and figures, on both stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from aios.kernel import Kernel
from tests.invariants import check_promises
from tests.workplace import ask, client_of, kernel_at, lead


@pytest.fixture
def kernel(home: Path, database_url: str) -> Iterator[Kernel]:
    kernel = kernel_at(home, aios_database_url=database_url)
    yield kernel
    check_promises(kernel.database)
    kernel.close()


@pytest.fixture
def client(kernel: Kernel) -> TestClient:
    return client_of(kernel)


def test_a_case_is_read_with_everything_that_happened_in_it(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    decision = ask(kernel, case_id)
    found = client.get(f"/api/cases/{case_id}").json()
    assert found["status"] == "waiting"
    assert found["timeline"][0]["type"] == "lead.received"
    assert {made["step"] for made in found["artifacts"]} >= {"lead", "lead_context", "lead_reply_draft"}
    assert found["decisions"][0]["id"] == decision
    assert found["effects"][0]["state"] == "proposed"
    assert found["cost_micros"] == 0


def test_cases_are_listed_by_status_process_and_words(kernel: Kernel, client: TestClient) -> None:
    ask(kernel, lead(kernel))
    lead(kernel, name="Bo", email="bo@b.example", subject="Bookkeeping")

    def ids(query: str) -> list[str]:
        return [case["id"] for case in client.get(f"/api/cases?{query}").json()["cases"]]

    assert ids("status=waiting") == ["lead-0001"]
    assert ids("q=bookkeep&process=lead_intake") == ["lead-0002"]
    assert client.get("/api/cases?status=odd").status_code == 422


def test_a_case_is_held_let_go_run_again_and_ended_where_its_state_allows(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    path = f"/api/cases/{case_id}"
    assert client.post(f"{path}/resume").status_code == 409
    assert client.post(f"{path}/pause", json={"reason": "holiday"}).json()["paused"]
    assert client.post(f"{path}/pause").status_code == 409
    assert client.post(f"{path}/retry").status_code == 409
    assert not client.post(f"{path}/resume").json()["paused"]
    assert client.post(f"{path}/retry", json={"step": "lead_context"}).status_code == 200
    assert client.post(f"{path}/retry", json={"step": "nonsense"}).status_code == 404
    assert client.post(f"{path}/cancel").json()["outcome"] == "cancelled"
    assert client.post("/api/cases/lead-9999/pause").status_code == 404


def test_a_decision_takes_one_answer(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    path = f"/api/decisions/{decision}"
    found = client.get(path).json()
    assert found["shown"]["evidence"]
    assert len(found["shown_digest"]) == 64
    assert client.post(path, json={"verdict": "approve", "version": 7}).status_code == 409
    answered = client.post(path, json={"verdict": "approve", "version": found["version"], "note": "good"})
    assert answered.json()["status"] == "approved"
    again = client.post(path, json={"verdict": "approve", "version": found["version"]})
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert "approved already" in again.json()["detail"]


def test_an_expired_decision_cannot_be_answered(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    kernel.clock.advance(days=400)  # pyright: ignore[reportAttributeAccessIssue]
    assert client.post(f"/api/decisions/{decision}", json={"verdict": "approve", "version": 1}).status_code == 409


def test_an_edit_is_checked_before_it_is_taken(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    path = f"/api/decisions/{decision}"

    def edit(edits: dict) -> int:
        return client.post(path, json={"verdict": "edit", "version": 1, "edits": edits}).status_code

    assert edit({}) == 422
    assert edit({"from_name": "Somebody else"}) == 422
    assert edit({"to": ["nobody"]}) == 422
    assert client.get(path).json()["status"] == "open"
    assert edit({"subject": "Better"}) == 200


@pytest.mark.parametrize(
    "body", [{"verdict": "maybe", "version": 1}, {"verdict": "approve"}, {"verdict": "approve", "version": 1, "x": 1}]
)
def test_an_answer_that_breaks_its_contract_is_a_problem(kernel: Kernel, client: TestClient, body: dict) -> None:
    assert client.post(f"/api/decisions/{ask(kernel, lead(kernel))}", json=body).status_code == 422


def test_decisions_and_effects_are_listed_by_state(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    decision = ask(kernel, case_id)
    assert [found["id"] for found in client.get("/api/decisions?status=open").json()["decisions"]] == [decision]
    assert client.get("/api/decisions?status=approved").json() == {"decisions": []}
    [effect] = client.get(f"/api/effects?status=proposed&case={case_id}").json()["effects"]
    assert effect["rule"]
    assert client.get("/api/effects?status=captured").json() == {"effects": []}


def test_what_is_remembered_is_found_until_it_is_forgotten(client: TestClient) -> None:
    added = client.post("/api/memory", json={"title": "Discount", "text": "Charities pay ten percent less."})
    assert added.status_code == 201
    item_id = added.json()["item_id"]
    found = client.get("/api/memory/search?q=charities discount&k=3").json()["found"]
    assert [item["item_id"] for item in found] == [item_id]
    assert client.delete(f"/api/memory/{item_id}").status_code == 204
    assert client.get("/api/memory/search?q=charities").json()["found"] == []
    assert client.delete(f"/api/memory/{item_id}").status_code == 409
    assert client.delete("/api/memory/mem_nope").status_code == 404
    assert client.post("/api/memory", json={"title": "", "text": ""}).status_code == 422


def test_what_is_remembered_is_corrected_and_retracted_with_its_history(client: TestClient) -> None:
    old = client.post("/api/memory", json={"title": "Fair", "text": "It is in Kiel."}).json()["item_id"]
    body = {"text": "It is in Jena.", "reason": "it moved"}
    new = client.post(f"/api/memory/{old}/correct", json=body)
    assert new.status_code == 201
    assert client.post(f"/api/memory/{old}/correct", json=body).status_code == 409
    item_id = new.json()["item_id"]
    assert client.get(f"/api/memory/{item_id}").json()["references"] == [old]
    assert client.post(f"/api/memory/{item_id}/retract", json={"reason": "no fair"}).status_code == 204
    versions = client.get(f"/api/memory/{old}/history").json()["versions"]
    assert [(one["text"], one["closed_by"]) for one in versions] == [
        ("It is in Kiel.", "owner"),
        ("It is in Jena.", "owner"),
    ]
    assert client.get("/api/memory/mem_nope").status_code == 404
    assert client.post(f"/api/memory/{item_id}/retract", json={"reason": ""}).status_code == 422


def test_a_fact_is_told_and_listed_and_supersedes(client: TestClient) -> None:
    told = {"subject": "business", "predicate": "location", "value": "Kiel", "valid_from": "2026-01-01"}
    assert client.post("/api/memory/facts", json=told).json()["outcome"] == "learned"
    newer = client.post("/api/memory/facts", json=told | {"value": "Jena", "valid_from": "2026-02-01"})
    assert (newer.status_code, newer.json()["before"]) == (201, "Kiel")
    [fact] = client.get("/api/memory/facts?subject=business").json()["facts"]
    assert (fact["value"], fact["trust"]) == ("Jena", "owner")
    found = client.get("/api/memory/facts?subject=business&at=2026-01-15").json()["facts"]
    assert [fact["value"] for fact in found] == ["Kiel"]
    assert client.post("/api/memory/facts", json=told | {"predicate": "mood"}).status_code == 422
    assert client.get("/api/memory/facts?subject=con_nope").status_code == 404


def test_costs_metrics_and_health_are_figures(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    kernel.clock.advance(minutes=3)  # pyright: ignore[reportAttributeAccessIssue]
    client.post(f"/api/decisions/{decision}", json={"verdict": "approve", "version": 1})
    assert client.get("/api/costs").json()["limits"]["day"] == 10_000_000
    metrics = client.get("/api/metrics").json()
    assert (metrics["accepted_share"], metrics["median_review_seconds"]) == (1.0, 180.0)
    health = client.get("/api/health").json()
    states = {part["name"]: part["state"] for part in health["parts"]}
    assert states["database"] == "ok"
    assert states["dagster"] == "down"
    assert states["models"] == "off"
    assert health["status"] == "down"
    assert all(part["remedy"] for part in health["parts"] if part["state"] == "down")
