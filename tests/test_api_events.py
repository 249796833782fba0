"""Promises of `/api/events`: a fact enters once, and the log can be read page by page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from aios.kernel import Kernel
from tests.invariants import check_promises
from tests.workplace import client_of, kernel_at, lead

LEAD = {
    "type": "lead.received",
    "source": "website",
    "source_id": "form-1",
    "payload": {"sender": {"name": "Ada", "email": "ada@engines.example"}, "subject": "Website", "text": "Can you?"},
}


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = kernel_at(home)
    yield kernel
    check_promises(kernel.database)
    kernel.close()


@pytest.fixture
def client(kernel: Kernel) -> TestClient:
    return client_of(kernel)


def test_a_fact_is_taken_in_with_its_case_and_a_repeat_gives_the_same_ids(client: TestClient) -> None:
    first, again = client.post("/api/events", json=LEAD), client.post("/api/events", json=LEAD)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["case_id"] == "lead-0001"
    assert again.json() == {**first.json(), "duplicate": True}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"sender": {"email": "not an address"}, "text": "x"},
        {"sender": {"email": "a@b.example"}, "text": "x", "odd": 1},
    ],
)
def test_a_bad_payload_is_a_problem_and_quarantined(kernel: Kernel, client: TestClient, payload: dict) -> None:
    answer = client.post("/api/events", json={**LEAD, "payload": payload})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["type"] == "urn:aios:problem:quarantined"
    assert problem["detail"]
    assert problem["remedy"]
    with kernel.database.read() as connection:
        assert kernel.quarantine.count(connection) == 1
        assert not kernel.cases.list(connection)


@pytest.mark.parametrize("type_", ["effect.succeeded", "decision.made", "nothing.known"])
def test_only_what_comes_from_outside_can_be_posted(client: TestClient, type_: str) -> None:
    assert client.post("/api/events", json={**LEAD, "type": type_}).status_code == 422


@pytest.mark.parametrize("body", ["{", "[]", '{"type": "lead.received"}', '"text"'])
def test_a_body_that_is_no_event_is_a_problem_and_enters_nothing(client: TestClient, body: str) -> None:
    answer = client.post("/api/events", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/events").json()["head"] == 0


def test_the_log_is_read_page_by_page(kernel: Kernel, client: TestClient) -> None:
    for number in range(3):
        lead(kernel, email=f"p{number}@x.example")
    seen, after = [], 0
    while page := client.get(f"/api/events?after={after}&limit=2").json()["events"]:
        seen += [event["position"] for event in page]
        after = seen[-1]
    assert seen == list(range(1, 7))


def test_the_log_is_narrowed_by_type_and_stream(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    lead(kernel, email="bo@b.example")
    events = client.get(f"/api/events?type=lead.received&stream=case/{case_id}").json()["events"]
    assert [event["case_id"] for event in events] == [case_id]
    assert events[0]["payload"]["sender"]["email"] == "ada@engines.example"


def test_a_limit_out_of_range_is_a_problem_that_names_the_field(client: TestClient) -> None:
    problem = client.get("/api/events?limit=0").json()
    assert problem["status"] == 422
    assert problem["field"] == "limit"


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"type": ' + b"9" * 5000 + b"}", b"\xff\xfe{}", b"d\xc3?\x80"])
def test_a_body_that_cannot_be_read_is_a_problem_like_any_other(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/events", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("path", ["events?after=99999999999999999999", "events?stream=%00", "cases/%00", "cases?q=%00"])
def test_what_no_store_can_hold_is_a_problem_not_an_accident(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
