"""Preferences where the owner looks for them: the page, the API, the command line, and the figures."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aios.agents.offers import business_pieces
from aios.errors import Conflict
from aios.learning.effect import edit_distance
from aios.memory import preferences
from aios.memory.preferences import Habit
from aios.processes.lead import Lead
from tests.commands import inside
from tests.company import Company, found_company
from tests.test_preferences import ASKS, FAREWELL, accepted, body, drafted, known
from tests.workplace import client_of, post


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    company.learn()
    yield company
    company.kernel.close()


def test_the_page_the_api_and_the_command_line_show_it_and_switch_it(company: Company, home: Path) -> None:
    found = accepted(company, FAREWELL)
    case_id = drafted(company, 2)
    company.answer(case_id)
    client = client_of(company.kernel)
    page = client.get("/preferences").text
    assert "Warmly," in page and case_id in page and f"/decisions/{found.decisions[0]}" in page
    assert post(client, f"/preferences/{found.id}/off").status_code == 303
    [listed] = client.get("/api/preferences").json()["preferences"]
    assert (listed["in_force"], listed["template"]) == (False, "en.farewell@2")
    assert [draft["case_id"] for draft in listed["changed"]] == [case_id]
    assert listed["before"]["drafts"] == 2 and listed["before"]["mean"] > 0
    assert listed["after"] == {"drafts": 1, "mean": 0.0}
    assert client.post(f"/api/preferences/{found.id}/off").status_code == 409
    assert client.post("/api/preferences/pref-none/on").status_code == 404
    shown = inside(home, "preferences", "on", found.id)
    assert shown.returncode == 0, shown.stderr
    [row] = json.loads(inside(home, "preferences", "--json").stdout)
    assert (row["state"], row["version"], row["drafts"]) == ("on", 2, 1)
    assert client.get("/api/metrics").json()["edit_distance"]["drafter@1 (rules)"]["drafts"] == 3


def test_the_distance_is_the_share_of_words_that_changed() -> None:
    assert edit_distance("a b c d", "a b c d") == 0
    assert edit_distance("a b c d", "a b x d") == 0.25
    assert edit_distance("a b", "c d") == 1


def test_a_preference_that_grounding_forbids_changes_nothing(company: Company) -> None:
    with company.kernel.database.write() as tx:
        for habit in (
            Habit("block", "en.farewell", "We guarantee the lowest price,"),
            Habit("add", "x", "You get a discount of 20 %.", "en"),
            Habit("word", "website", "99 EUR website", "en"),
        ):
            preferences.put_in_force(tx, company.kernel.log, habit, [])
    text = body(company, drafted(company, 0))
    assert "guarantee" not in text and "discount" not in text and "99" not in text
    assert "Best regards," in text


HABITS = [
    Habit("block", "en.farewell", "Warmly,"),
    Habit("block", "en.farewell", "Cheers,"),
    Habit("block", "en.farewell", ""),
    Habit("form", value="du"),
    Habit("form", value="sie"),
    Habit("add", "t", "I look forward to hearing from you.", "en"),
]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(acts=st.lists(st.tuples(st.sampled_from(["accept", "off", "on"]), st.sampled_from(HABITS)), max_size=12))
def test_in_any_order_at_most_one_preference_is_in_force_on_a_topic(company: Company, acts: list) -> None:
    for act, habit in acts:
        if act == "accept":
            with company.kernel.database.write() as tx:
                preferences.put_in_force(tx, company.kernel.log, habit, [])
        for one in [one for one in known(company) if one.habit.topic == habit.topic]:
            try:
                if act == "off":
                    preferences.switch_off(company.kernel.log, one.id)
                elif act == "on":
                    preferences.switch_on(company.kernel.log, one.id)
            except Conflict:
                assert one.in_force == (act == "on")
        items = [item.attributes["preference"] for item in company.kernel.memory.items(kinds=("preference",))]
        assert len(items) == len(set(items))
        with company.kernel.database.read() as connection:
            assert sorted(one.id for one in preferences.in_force(connection)) == sorted(items)


def test_drafting_again_under_the_same_preferences_makes_no_new_version(company: Company) -> None:
    accepted(company, FAREWELL)
    case_id = drafted(company, 2)
    before = company.output(case_id, "lead_context"), body(company, case_id)
    with company.kernel.database.write() as tx:
        company.kernel.cases.continue_(tx, case_id, "lead_context", "again")
    company.work()
    with company.kernel.database.read() as connection:
        history = company.kernel.artifacts.history(connection, case_id)
    assert (company.output(case_id, "lead_context"), body(company, case_id)) == before
    assert {artifact.version for artifact in history} == {1}


def test_a_context_says_who_the_contact_is_and_which_rules_bind_each_with_its_reason(company: Company) -> None:
    first = drafted(company, 0)
    company.answer(first)
    company.pass_undo_window()
    company.pass_undo_window()
    second = drafted(company, 6, ASKS.replace("six", "ten"))
    assert second != first
    snapshot = company.output(second, "lead_context")
    kinds = {piece["kind"] for piece in snapshot["pieces"]}
    assert {"document", "entity", "policy", "history"} <= kinds
    [entity] = [piece for piece in snapshot["pieces"] if piece["title"] == "Who they are to us"]
    assert f"{first} (answered)" in entity["text"] and "EUR" in entity["text"]
    assert all(piece["reason"] for piece in snapshot["pieces"])
    assert snapshot["tokens"] == sum(piece["tokens"] for piece in snapshot["pieces"]) <= snapshot["budget_tokens"]
    page = client_of(company.kernel).get(f"/cases/{second}").text
    assert "Who they are to us" in page and "It could decide about mail.send." in page


def test_what_a_lead_says_of_themselves_is_no_ground_for_what_we_say(company: Company) -> None:
    case_id = drafted(company, 0, ASKS + "\nOur budget is 123 EUR.\n")
    contact = company.case(case_id).contact_id
    company.kernel.memory.add(kind="fact", title="Budget: 123 EUR", text="They have 123 EUR.", subject=contact)
    company.kernel.memory.add(kind="note", title="A note", text="We like them.", subject=contact)
    message = Lead.model_validate(company.output(case_id, "lead")).message
    snapshot = company.kernel.memory.context_for(company.case(case_id), contact, message)
    kinds = {piece.title: piece.kind for piece in snapshot.pieces}
    assert kinds["Budget: 123 EUR"] == "entity" and kinds["A note"] == "note"
    assert all("123" not in piece.text for piece in business_pieces(snapshot))
