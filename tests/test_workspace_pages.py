"""Promises of the pages: what the owner sees, and what each button does."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from aios.effects import ledger, switches
from aios.kernel import Kernel
from tests.invariants import check_promises
from tests.workplace import ask, client_of, form_token, kernel_at, lead, post

PAGES = (
    "/",
    "/decisions",
    "/cases",
    "/contacts",
    "/memory",
    "/outbox",
    "/connectors",
    "/costs",
    "/billing",
    "/books",
    "/statements",
    "/quarantine",
    "/health",
)


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = kernel_at(home)
    yield kernel
    check_promises(kernel.database)
    kernel.close()


@pytest.fixture
def client(kernel: Kernel) -> TestClient:
    return client_of(kernel)


def key_of(kernel: Kernel, case_id: str) -> str:
    with kernel.database.read() as connection:
        return ledger.listing(connection, case_id=case_id)[0].key


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_workspace_says_what_to_do_next(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert 'class="empty"' in answer.text or path == "/health"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_work_in_progress(kernel: Kernel, client: TestClient, path: str) -> None:
    ask(kernel, lead(kernel))
    assert client.get(path).status_code == 200


def test_a_decision_shows_evidence_proposal_confidence_impact_provenance_and_its_links(
    kernel: Kernel, client: TestClient
) -> None:
    case_id = lead(kernel)
    text = client.get(f"/decisions/{ask(kernel, case_id, warnings=('It may be spam.',))}").text
    for part in ("They wrote", "EUR 3,200", "62 % sure", "1 person", "drafter", "It may be spam.", "Expires"):
        assert part in text
    assert f'href="/cases/{case_id}"' in text
    assert "http://127.0.0.1:9/runs/run-2f4c9a10" in text
    assert f"http://127.0.0.1:9/assets/lead_reply?view=partitions&amp;partition={case_id}" in text


def test_an_approval_goes_to_the_next_decision_and_offers_to_undo(kernel: Kernel, client: TestClient) -> None:
    first, second = ask(kernel, lead(kernel)), ask(kernel, lead(kernel, name="Bo", email="bo@b.example"))
    answer = post(client, f"/decisions/{first}", verdict="approve", version=1)
    assert answer.headers["location"] == f"/decisions/{second}?done={first}"
    assert "/outbox/undo" in client.get(answer.headers["location"]).text


def test_an_approval_can_be_undone_in_its_window(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    post(client, f"/decisions/{ask(kernel, case_id)}", verdict="approve", version=1)
    key = key_of(kernel, case_id)
    assert post(client, "/outbox/undo", key=key).status_code == 303
    with kernel.database.read() as connection:
        assert ledger.get(connection, key).state == "withdrawn"


def test_a_second_answer_is_refused_on_the_page_with_what_happened(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    post(client, f"/decisions/{decision}", verdict="approve", version=1)
    answer = post(client, f"/decisions/{decision}", verdict="reject", version=1)
    assert answer.status_code == 409
    assert "is approved already" in answer.text


def test_an_edit_sends_only_what_was_changed(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    decision = ask(kernel, case_id)
    same = "Hello Ada,\r\n\r\nthank you for writing. A small website starts at EUR 3,200.\r\n\r\nBest regards"
    fields = {"edit_subject": "Your website", "edit_to": "ada@engines.example", "edit_text": same}
    assert post(client, f"/decisions/{decision}", verdict="edit", version=1, **fields).status_code == 303
    page = client.get(f"/outbox/effect?key={quote(key_of(kernel, case_id))}").text
    assert "Your website" in page
    assert "As it was proposed, before your edit" in page


def test_an_edit_that_breaks_the_mail_keeps_what_was_typed(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    answer = post(client, f"/decisions/{decision}", verdict="edit", version=1, edit_to="nobody", edit_text="kept words")
    assert answer.status_code == 422
    assert "kept words" in answer.text


def test_sending_back_needs_feedback(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    assert post(client, f"/decisions/{decision}", verdict="revise", version=1).status_code == 422
    answer = post(client, f"/decisions/{decision}", verdict="revise", version=1, note="Warmer, please")
    assert answer.status_code == 303
    assert "Warmer, please" in client.get(f"/decisions/{decision}").text


def test_a_snoozed_decision_leaves_the_queue_and_stays_findable(kernel: Kernel, client: TestClient) -> None:
    decision = ask(kernel, lead(kernel))
    assert post(client, f"/decisions/{decision}/snooze", version=1, hours=4).status_code == 303
    assert decision not in client.get("/live/decisions?view=open").text
    assert decision in client.get("/live/decisions?view=snoozed").text


def test_a_case_shows_its_timeline_artifacts_and_what_the_agents_read(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    ask(kernel, case_id)
    text = client.get(f"/cases/{case_id}").text
    for part in (
        "wrote by api",
        "The owner is asked",
        "Packaged website",
        "says website",
        "Lead reply draft, version 1",
    ):
        assert part in text
    assert "1 left out" in text


def test_a_case_is_held_let_go_run_again_and_ended(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    decision = ask(kernel, case_id)
    for action in ("pause", "resume", "retry", "cancel"):
        assert post(client, f"/cases/{case_id}/{action}", step="lead_context").status_code == 303
    with kernel.database.read() as connection:
        assert kernel.cases.get(connection, case_id).outcome == "cancelled"
        assert kernel.decisions.get(connection, decision).status == "void"
    assert post(client, f"/cases/{case_id}/pause").status_code == 409


def test_cases_are_found_by_words_and_by_status(kernel: Kernel, client: TestClient) -> None:
    lead(kernel, subject="Website")
    lead(kernel, name="Bo", email="bo@b.example", subject="Bookkeeping")
    assert "lead-0002" not in client.get("/cases?q=website").text
    assert "No case fits" in client.get("/cases?status=failed").text


def test_contacts_are_merged_and_the_merge_is_taken_back(kernel: Kernel, client: TestClient) -> None:
    for name, email in (("Ada Byron", "ada@engines.example"), ("A. Byron", "ada@home.example")):
        ask(kernel, lead(kernel, name=name, email=email))
    with kernel.database.read() as connection:
        kept, merged = (one.id for one in kernel.contacts.list(connection, q="byron", kind="person"))
    assert "Merge into" in client.get(f"/contacts/{kept}?find=byron").text
    kernel.memory.add(kind="note", title="Prefers mornings", text="Call before ten.", subject=merged)
    post(client, f"/contacts/{kept}/merge", merged=merged)
    assert client.get(f"/contacts/{merged}").headers["location"] == f"/contacts/{kept}"
    assert "Take the merge back" in client.get(f"/contacts/{kept}").text
    assert "Prefers mornings" in client.get(f"/contacts/{kept}").text
    post(client, f"/contacts/{kept}/unmerge", merged=merged)
    assert client.get(f"/contacts/{merged}").status_code == 200


def test_everything_outgoing_is_stopped_and_released(kernel: Kernel, client: TestClient) -> None:
    post(client, "/outbox/stop", connector="*")
    assert "Outgoing is stopped." in client.get("/cases").text
    post(client, "/outbox/release", connector="*")
    with kernel.database.read() as connection:
        assert not switches.stopped(connection)


def test_a_captured_mail_is_readable_and_can_be_kept_as_a_file(kernel: Kernel, client: TestClient) -> None:
    case_id = lead(kernel)
    kernel.answers.give(ask(kernel, case_id), "approve", 1, actor="owner")
    kernel.clock.advance(minutes=2)  # pyright: ignore[reportAttributeAccessIssue]
    key = key_of(kernel, case_id)
    kernel.executor.carry_out(key)
    assert "EUR 3,200" in client.get(f"/outbox/effect?key={quote(key)}").text
    file = client.get(f"/outbox/effect/file?key={quote(key)}")
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["content-type"] == "application/octet-stream"
    assert b"Subject: Re: Website for our workshop" in file.content


def test_quarantined_input_is_kept_explained_and_downloaded_as_a_file(kernel: Kernel, client: TestClient) -> None:
    kernel.intake.receive_file("<b>form.json", b'{"broken": <script>alert(1)</script>')
    with kernel.database.read() as connection:
        [thing] = kernel.quarantine.list(connection)
    page = client.get("/quarantine").text
    assert "&lt;b&gt;form.json" in page
    raw = client.get(f"/quarantine/{thing.id}/raw")
    assert raw.content.startswith(b'{"broken"')
    assert raw.headers["content-disposition"].startswith("attachment;")
    assert raw.headers["content-type"] == "application/octet-stream"
    assert post(client, f"/quarantine/{thing.id}/release").status_code == 422
    assert post(client, f"/quarantine/{thing.id}/discard").status_code == 303
    assert "Nothing in quarantine" in client.get("/quarantine").text


def test_a_dropped_file_is_taken_in_and_a_broken_one_quarantined(kernel: Kernel, client: TestClient) -> None:
    mail = b"From: Ada <ada@engines.example>\r\nSubject: Hello\r\nMessage-ID: <1@x.example>\r\n\r\nA website, please."
    files = [("files", ("hello.eml", mail)), ("files", ("broken.json", b"{"))]
    answer = client.post("/upload", files=files, headers={"X-Form-Token": form_token(client)})
    assert "lead-0001" in answer.text
    assert "quarantined" in answer.text
    again = client.post("/upload", files=files[:1], headers={"X-Form-Token": form_token(client)})
    assert "known already" in again.text


def test_markup_in_what_people_write_is_shown_as_text(kernel: Kernel, client: TestClient) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    case_id = lead(kernel, name=evil, subject=evil, text=evil)
    decision = ask(kernel, case_id, text=evil, warnings=(evil,))
    for path in ("/", "/cases", f"/cases/{case_id}", "/decisions", f"/decisions/{decision}", "/contacts", "/outbox"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_pulse_is_silent_until_something_happens(kernel: Kernel, client: TestClient) -> None:
    with kernel.database.read() as connection:
        head = kernel.log.head(connection)
    assert client.get(f"/pulse?seen={head}").status_code == 204
    lead(kernel)
    answer = client.get(f"/pulse?seen={head}")
    assert answer.status_code == 200
    assert answer.headers["hx-trigger"] == "changed"


def test_an_unknown_page_says_where_to_go(client: TestClient) -> None:
    answer = client.get("/cases/lead-9999")
    assert answer.status_code == 404
    assert "There is no case lead-9999." in answer.text
