"""Links: why something is believed or was done, what it influenced, and what is repaired when it was wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aios.cases.influences import influences
from aios.cli.main import app
from aios.database.blobs import put_json
from aios.errors import Conflict, NotFound
from aios.events import catalog
from aios.events.event import NewEvent
from aios.events.integrity import projection_digests, rebuild
from aios.links.tables import links
from aios.memory.told import Told
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.test_lead_intake import ASKS
from tests.workplace import client_of

NOTE = "A website of six pages is 4,400 EUR at the moment, net."


@pytest.fixture
def company(home: Path, database_url: str) -> Iterator[Company]:
    company = found_company(home, database_url)
    company.learn()
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def told(company: Company) -> str:
    """A note that every context about a website holds."""
    return company.kernel.memory.add(kind="note", title="Website price, six pages", text=NOTE)


def waiting(company: Company) -> tuple[str, str]:
    """A note, and a case that waits for a decision which rests on it."""
    item = told(company)
    case_id = company.mail(ASKS)
    company.work()
    return item, case_id


def answered(company: Company) -> tuple[str, str]:
    item, case_id = waiting(company)
    company.answer(case_id)
    company.pass_undo_window()
    return item, case_id


def kinds(reasons) -> set[str]:
    return {reason.thing.kind for reason in reasons}


def test_an_item_is_believed_for_the_event_that_told_it(company: Company) -> None:
    item = told(company)
    why = company.kernel.links.why(item)
    assert why.thing.title == "Website price, six pages"
    [reason] = why.reasons
    assert (reason.relation, reason.thing.kind, reason.thing.title) == ("tells", "event", "memory.added by owner")


def test_a_piece_of_a_document_is_believed_for_its_document(company: Company) -> None:
    piece = company.kernel.memory.items(kinds=["document"])[0]
    why = company.kernel.links.why(piece.item_id)
    assert [one.thing.id for one in why.reasons if one.thing.kind == "document"] == [piece.source]
    assert {one.id for one in company.kernel.links.influence(piece.source, limit=200).items} >= {piece.item_id}


def test_a_fact_is_believed_for_the_events_it_comes_from_and_a_correction_for_the_version_before(
    company: Company,
) -> None:
    case_id = company.mail(ASKS)
    with company.kernel.database.read() as connection:
        [message] = company.kernel.log.read(connection, case_id=case_id, types=(catalog.LeadReceived.type,))
    attributes = {"sources": [{"event_id": message.id}]}
    told_of = Told("She leads the bakery.", kind="fact", title="Role", attributes=attributes)
    [fact] = company.kernel.memory.add_all([told_of])
    new = company.kernel.memory.correct(fact, text="She owns the bakery.", reason="she said so", actor="owner")
    found = {(one.thing.id, one.relation) for one in company.kernel.links.why(new).reasons}
    assert {(message.id, "source of"), (fact, "corrected by")} <= found
    assert {one.id for one in company.kernel.links.influence(message.id).items} == {fact, new}


def test_an_effect_rests_on_its_artifacts_items_message_rule_and_decision(company: Company) -> None:
    item, case_id = answered(company)
    [effect] = company.effects(case_id)
    why = company.kernel.links.why(effect.key)
    assert kinds(why.reasons) >= {"artifact", "item", "event", "document", "rule", "decision"}
    assert item in {one.thing.id for one in why.reasons}
    assert effect.decision_id in {one.thing.id for one in why.reasons}
    assert [one.depth for one in why.reasons] == sorted(one.depth for one in why.reasons)


def test_an_item_influenced_the_artifacts_decisions_and_effects_that_rest_on_it(company: Company) -> None:
    item, case_id = answered(company)
    found = company.kernel.links.influence(item)
    assert found.case_count == 1 and found.effects == {"captured": 1} and found.decisions == {"approved": 1}
    [touched] = found.cases
    assert touched.case.id == case_id
    steps = {one.id.split("/")[1] for one in touched.artifacts}
    assert steps == {"lead_context", "lead_qualification", "lead_facts", "lead_reply_draft", "lead_reply"}
    assert [one.state for one in touched.effects] == ["captured"]
    assert [one.state for one in touched.decisions] == ["approved"]


def test_a_case_that_did_not_read_an_item_is_not_influenced_by_it(company: Company) -> None:
    case_id = company.mail(ASKS)
    company.work()
    later = told(company)
    assert company.kernel.links.influence(later).case_count == 0
    used = company.output(case_id, "lead_context")["pieces"][0]["item_id"]
    assert company.kernel.links.influence(used).case_count == 1


def test_a_policy_influenced_what_was_judged_while_it_was_in_force(company: Company) -> None:
    first = company.kernel.policies.in_force().digest
    case_id = company.mail(ASKS)
    company.work()
    file = company.kernel.settings.home / "policies.yaml"
    file.write_text(file.read_text() + "\n# later\n")
    company.kernel.policies.reload()
    second = company.kernel.policies.in_force().digest
    assert [one.case.id for one in company.kernel.links.influence(first).cases] == [case_id]
    assert company.kernel.links.influence(second).case_count == 0
    rule = company.decision(case_id).rule
    [touched] = company.kernel.links.influence(rule).cases
    assert [one.id for one in touched.decisions] == [company.decision(case_id).id]


def test_feedback_is_linked_to_the_draft_that_heeds_it(company: Company) -> None:
    _, case_id = waiting(company)
    decision = company.decision(case_id)
    company.answer(case_id, "revise", note="Shorter, please.")
    made = {"feedback": [decision.id]}
    with company.kernel.database.write() as tx:
        company.kernel.artifacts.record(tx, case_id, "lead_reply_draft", {"body": "Short."}, {"lead_context": 1}, made)
    [touched] = company.kernel.links.influence(decision.id).cases
    assert f"{case_id}/lead_reply_draft/2" in {one.id for one in touched.artifacts}


def test_what_a_retracted_item_is_under_runs_again_from_where_it_was_read(company: Company) -> None:
    item, case_id = waiting(company)
    before = company.decision(case_id)
    company.kernel.memory.close(item, "the price is wrong")
    listed = company.kernel.links.repairs(item)
    assert [(one.case.id, one.step, one.state) for one in listed.cases] == [(case_id, "lead_context", "waiting")]
    assert [one.id for one in listed.cases[0].decisions] == [before.id]
    assert company.kernel.links.repair(item, actor="owner").continued == (case_id,)
    again = company.kernel.links.repair(item, actor="owner")
    assert again.continued == () and [one.state for one in again.cases] == ["under way"]
    company.work()
    read = {piece["item_id"] for piece in company.output(case_id, "lead_context")["pieces"]}
    assert item not in read
    with company.kernel.database.read() as connection:
        assert company.kernel.decisions.get(connection, before.id).status == "void"
    assert company.decision(case_id).id != before.id
    assert company.kernel.links.repairs(item).cases == ()


def test_what_went_out_is_named_for_the_owner_and_nothing_is_sent_again(company: Company) -> None:
    item, case_id = answered(company)
    company.kernel.memory.close(item, "the price is wrong")
    found = company.kernel.links.repair(item, actor="owner")
    assert found.cases == () and found.continued == ()
    assert [one.case_id for one in found.sent] == [case_id]
    company.work()
    assert len(company.outbox()) == 1


def test_a_paused_case_is_listed_and_left_alone(company: Company) -> None:
    item, case_id = waiting(company)
    company.kernel.cases.pause(case_id, actor="owner")
    company.kernel.memory.close(item, "wrong")
    found = company.kernel.links.repair(item, actor="owner")
    assert found.continued == () and [one.state for one in found.cases] == ["paused"]


def resting(company: Company, item: str, number: int) -> list[str]:
    """Cases with an output that was made from an item, and nothing else."""
    ids = [company.mail(f"Question {n}", id=f"r{n}", email=f"r{n}@lead.example") for n in range(number)]
    for case_id in ids:
        with company.kernel.database.write() as tx:
            content = {"pieces": [{"item_id": item}]}
            company.kernel.artifacts.record(tx, case_id, "lead_context", content, {}, {})
    return ids


def test_what_rests_on_an_item_is_listed_page_by_page_and_run_again_as_a_whole(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aios.links.repair.PAGE", 2)
    item = told(company)
    ids = resting(company, item, 5)
    company.kernel.memory.close(item, "wrong")
    seen, after = list[str](), 0
    for _ in range(3):
        page = company.kernel.links.repairs(item, after)
        seen += [one.case.id for one in page.cases]
        after = page.next
        assert page.case_count == 5
    assert (seen, after) == (ids, 0)
    client = client_of(company.kernel)
    text = client.get(f"/memory/{item}").text
    assert "Run all 5 cases again" in text and "More of 5 cases" in text
    last = company.kernel.links.repairs(item, company.kernel.links.repairs(item).next).next
    assert ids[4] in client.get(f"/memory/{item}?after={last}").text
    assert client.get(f"/api/memory/{item}/repair?after=0").json()["case_count"] == 5
    assert company.kernel.links.repair(item, actor="owner").continued == tuple(ids)
    assert company.kernel.links.repair(item, actor="owner").continued == ()


def test_an_artifact_made_before_links_were_kept_says_so_in_words(company: Company) -> None:
    item = told(company)
    case_id = company.mail(ASKS)
    with company.kernel.database.write() as tx:
        blob = put_json(tx, {"pieces": [{"item_id": item}]})
        old = catalog.ArtifactRecorded(
            step="lead_context", artifact_version=1, blob=blob, inputs={}, provenance={}, delta=()
        )
        company.kernel.log.append(tx, NewEvent(f"case/{case_id}", old, case_id=case_id))
    id_ = f"{case_id}/lead_context/1"
    found = company.kernel.links.why(id_)
    assert found.notice.startswith(f"{id_}: made before links were kept.")
    assert client_of(company.kernel).get(f"/api/memory/{id_}/why").json()["notice"] == found.notice
    assert company.kernel.links.why(item).notice == ""


def test_nothing_is_repaired_while_it_is_believed(company: Company) -> None:
    item, _ = waiting(company)
    with pytest.raises(Conflict, match="still believed"):
        company.kernel.links.repair(item, actor="owner")


def test_an_id_that_names_nothing_is_not_found(company: Company) -> None:
    for id_ in ("mem_nothing", "x/y/z", "a/b/1", "", "' or 1=1"):
        with pytest.raises(NotFound, match="Nothing is known"):
            company.kernel.links.why(id_)


def test_a_rebuild_gives_the_same_links(company: Company) -> None:
    answered(company)
    before = projection_digests(company.kernel.log)["links"]
    rebuild(company.kernel.log)
    assert projection_digests(company.kernel.log)["links"] == before


def test_a_log_older_than_the_links_gets_them_when_they_are_asked_for(company: Company) -> None:
    item, case_id = answered(company)
    before = projection_digests(company.kernel.log)["links"]
    with company.kernel.database.write() as tx:
        tx.execute(sa.delete(links))
    company.kernel.memory.add(kind="note", title="Later", text="After the upgrade.")
    assert [one.case.id for one in company.kernel.links.influence(item).cases] == [case_id]
    filled = projection_digests(company.kernel.log)["links"]
    rebuild(company.kernel.log)
    assert filled == projection_digests(company.kernel.log)["links"] != before


def test_cases_come_a_page_at_a_time_and_each_once(company: Company) -> None:
    item = told(company)
    made = [company.mail(ASKS, id=f"m{n}", email=f"p{n}@lead.example") for n in range(5)]
    company.work()
    seen: list[str] = []
    before = 0
    while True:
        page = company.kernel.links.influence(item, limit=2, before=before)
        assert page.case_count == 5
        seen += [one.case.id for one in page.cases]
        if not (before := page.next):
            break
    assert seen == sorted(made, reverse=True)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=80),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["item_ids", "pieces", "item_id", "claims"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["pieces", "claims", "draft", "x"]), JSON))
def test_any_output_says_what_it_was_made_from_in_ids_that_fit_a_link(content: dict) -> None:
    for ids in influences(content).values():
        assert ids and len(set(ids)) == len(ids)
        assert all(one.isascii() and one.isprintable() and 0 < len(one) <= 60 for one in ids)


def test_an_artifact_says_in_the_log_what_it_read(company: Company) -> None:
    _, case_id = waiting(company)
    with company.kernel.database.read() as connection:
        made = company.kernel.log.read(connection, case_id=case_id, types=(catalog.ArtifactRecorded.type,))
    context = next(one.payload for one in made if one.payload.step == "lead_context")
    pieces = company.output(case_id, "lead_context")["pieces"]
    assert context.provenance["read"] == [piece["item_id"] for piece in pieces]


def test_the_api_says_why_what_and_what_to_repair(company: Company) -> None:
    item, case_id = waiting(company)
    client = client_of(company.kernel)
    assert client.get(f"/api/memory/{item}").json()["text"] == NOTE
    assert client.get(f"/api/memory/{item}/why").json()["reasons"][0]["thing"]["kind"] == "event"
    assert client.get(f"/api/memory/{item}/influence").json()["cases"][0]["case"]["id"] == case_id
    refused = client.post(f"/api/memory/{item}/repair")
    assert refused.status_code == 409 and "Correct or retract" in refused.json()["remedy"]
    company.kernel.memory.close(item, "wrong")
    assert client.get(f"/api/memory/{item}/repair").json()["cases"][0]["state"] == "waiting"
    assert client.post(f"/api/memory/{item}/repair").json()["continued"] == [case_id]
    assert client.get("/api/memory/mem_none/why").status_code == 404
    artifact = f"{case_id}/lead_context/1"
    for path in (artifact, quote(artifact, safe="")):
        assert client.get(f"/api/memory/{path}/why").json()["thing"]["id"] == artifact
        assert client.get(f"/api/memory/{path}/influence").json()["case_count"] == 1
    assert client.get("/api/memory/mem_none").headers["content-type"] == "application/problem+json"


def test_the_command_line_says_why_what_and_repairs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOS_HOME", str(home))
    company = found_company(home)
    company.learn()
    item, case_id = waiting(company)
    company.kernel.memory.close(item, "wrong")
    company.kernel.close()
    run = CliRunner().invoke
    assert "memory.added by owner" in run(app, ["memory", "why", item]).output
    assert json.loads(run(app, ["memory", "influence", item, "--json"]).output)["cases"][0]["case"]["id"] == case_id
    assert f"{case_id}  waiting, from lead_context" in run(app, ["memory", "repair", item, "--list"]).output
    assert f"{case_id}  runs again, from lead_context" in run(app, ["memory", "repair", item]).output
    lost = run(app, ["memory", "why", "mem_none"])
    assert lost.exit_code == 1
