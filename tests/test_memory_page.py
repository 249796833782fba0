"""Promises of the memory page, of what a contact's page shows, and of the differences between versions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from aios.workspace.filters import side_by_side
from aios.workspace.reading.delta import changes
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.test_lead_intake import ASKS
from tests.test_links import NOTE, answered, told, waiting
from tests.workplace import client_of, post


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


@pytest.fixture
def client(company: Company) -> TestClient:
    return client_of(company.kernel)


def test_an_empty_memory_says_what_to_do_next(client: TestClient) -> None:
    assert "Add your offers, prices and terms" in client.get("/memory").text


def test_what_is_believed_is_listed_by_kind_with_counts(company: Company, client: TestClient) -> None:
    company.learn()
    told(company)
    text = client.get("/memory").text
    pieces = len(company.kernel.memory.items(kinds=["document"]))
    assert f"All {pieces + 1}<" in text and f"Document {pieces}<" in text and "Note 1<" in text
    assert "Website price, six pages" in client.get("/memory?kind=note").text
    assert "services.md" not in client.get("/live/memory?kind=note").text


def test_a_search_says_why_each_thing_was_found(company: Company, client: TestClient) -> None:
    company.learn()
    told(company)
    text = client.get("/live/memory?q=price+of+six+pages").text
    assert "Website price, six pages" in text and "Why it was found" in text
    assert 'aria-label="Words"' in text
    assert text == client.get("/memory?q=price+of+six+pages").text.split('aria-label="Found">')[1][: len(text)]


def test_the_filters_narrow_by_contact_validity_and_belief(company: Company, client: TestClient) -> None:
    case_id = company.mail(ASKS)
    company.work()
    contact = company.case(case_id).contact_id
    company.kernel.memory.add(kind="note", title="Prefers phone", text="Call before ten.", subject=contact)
    item = told(company)
    company.kernel.memory.close(item, "wrong")
    assert "Prefers phone" in client.get(f"/live/memory?about={contact}").text
    assert "Prefers phone" not in client.get("/live/memory?about=business").text
    assert "Prefers phone" not in client.get("/live/memory?q=call&about=business").text
    assert "Website price" in client.get("/live/memory?closed=true").text
    assert "Prefers phone" not in client.get("/live/memory?known_at=2020-01-01").text
    half = client.get("/live/memory?at=2026-1")
    assert half.status_code == 200 and "is no day or time" in half.text
    assert client.get("/memory?about=ct_nobody").status_code == 422


def test_a_note_is_added_corrected_and_retracted_with_its_history(company: Company, client: TestClient) -> None:
    first = post(client, "/memory", text=NOTE, title="Price").headers["location"]
    assert NOTE in client.get(first).text
    corrected = post(client, f"{first}/correct", text="It is 4,900 EUR.", title="Price", reason="new list")
    assert corrected.headers["location"] == first
    old = client.get(first).text
    assert "No longer believed since" in old and "What took its place" in old
    new = f"/memory/{company.kernel.memory.items(kinds=['note'])[0].item_id}"
    assert f'href="{new}"' in old
    page = client.get(new).text
    assert f'<del dir="auto">{NOTE}</del>' in page and "It is 4,900 EUR.</ins>" in page and "new list" in page
    assert post(client, f"{new}/retract", reason="wrong").status_code == 303
    assert "No longer believed since" in client.get(new).text
    assert post(client, f"{first}/retract", reason="twice").status_code == 409


def test_after_a_retraction_the_page_offers_the_repair_and_does_it(company: Company, client: TestClient) -> None:
    company.learn()
    item, case_id = waiting(company)
    assert "What rests on it" not in client.get(f"/memory/{item}").text
    company.kernel.memory.close(item, "wrong")
    assert "Run 1 case again" in client.get(f"/memory/{item}").text
    post(client, f"/memory/{item}/repair")
    text = client.get(f"/memory/{item}").text
    assert "Runs again" in text and "Run 1 case again" not in text
    assert company.case(case_id).status == "open"


def test_what_went_out_is_shown_after_a_retraction(company: Company, client: TestClient) -> None:
    company.learn()
    item, _ = answered(company)
    company.kernel.memory.close(item, "wrong")
    text = client.get(f"/memory/{item}").text
    assert "Went out" in text and "Nothing is sent by itself" in text and "cases again" not in text


def test_documents_are_learned_and_a_refused_one_says_why(company: Company, client: TestClient) -> None:
    from tests.workplace import form_token

    files = [("files", ("offers.md", b"# Offers\n\nA site is 3,000 EUR.")), ("files", ("x.pdf", b"no pdf"))]
    answer = client.post("/memory/documents", files=files, headers={"X-Form-Token": form_token(client)})
    assert answer.status_code == 200 and "offers.md</a>, 1 piece" in answer.text and "Refused" in answer.text
    assert "3,000" in client.get("/live/memory?q=site").text


def test_a_contact_shows_messages_decisions_effects_memory_and_the_past(company: Company, client: TestClient) -> None:
    company.learn()
    _, case_id = answered(company)
    contact = company.case(case_id).contact_id
    item = company.kernel.memory.add(kind="note", title="Prefers phone", text="Call before ten.", subject=contact)
    text = client.get(f"/contacts/{contact}").text
    for part in (
        "From them",
        "From us",
        "small bakery",
        "Approved",
        "Mail send",
        f"/memory/{item}",
        "What did we know?",
    ):
        assert part in text
    then = client.get(f"/contacts/{contact}?at=2026-11-30").text
    assert "What was known then" in then and "ana@lead.example" in then
    assert "was not known on 2020-01-01" in client.get(f"/contacts/{contact}?at=2020-01-01").text
    assert "is no day or time" in client.get(f"/contacts/{contact}?at=nonsense").text


def test_a_case_shows_what_each_version_changed_also_deep_and_late(company: Company, client: TestClient) -> None:
    case_id = company.mail(ASKS)
    company.work()
    long = "A line that stays.\n" * 60
    with company.kernel.database.write() as tx:
        for end in ("Yours, Mara", "Sincerely, Mara"):
            content = {"draft": {"body": long + end, "claims": [{"text": "It costs 5 EUR.", "item_ids": ["mem_1"]}]}}
            company.kernel.artifacts.record(tx, case_id, "lead_reply_draft", content, {}, {})
    text = client.get(f"/cases/{case_id}").text
    assert "Changed since version 2: Draft › Body" in text
    assert '<del dir="auto">Yours, Mara</del><ins dir="auto">Sincerely, Mara</ins>' in text


LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
OUTPUT = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xy"), inner)),
)


@given(OUTPUT, OUTPUT)
def test_a_delta_is_empty_for_equal_outputs_and_each_change_has_two_sides_that_differ(old: dict, new: dict) -> None:
    assert changes(old, old) == () == changes(None, new)
    for change in changes(old, new):
        assert change.before != change.after or not change.before
        side_by_side(change)
