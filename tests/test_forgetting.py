"""Forgetting a person: nothing of theirs is left anywhere under the home, whatever was under way."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.doctor import examine
from aios.cli.main import app
from aios.connectors.base import Health
from aios.database.blobs import get_bytes
from aios.errors import Conflict, NotFound
from aios.events.catalog import CaseFailed, EffectCaptured, EffectClaimed
from aios.events.episodes import FOLDER
from aios.events.event import NewEvent
from aios.events.integrity import projection_digests, rebuild, verify
from aios.forgetting.finishing import finish, unfinished
from aios.forgetting.forgetting import forget, plan
from aios.memory.claim import Claim
from aios.memory.questions import asked_about
from aios.portability.leaving import export
from aios.worker import this_worker
from tests.commands import aios
from tests.company import Company, found_company
from tests.forgotten import (
    ASKS,
    OTHERS,
    close_days,
    contact_of,
    events_of,
    live,
    raw_mail,
    traces,
    worked,
    write,
)
from tests.invariants import check_promises
from tests.traces import in_files
from tests.workplace import ORIGIN, client_of, post


@pytest.fixture
def company(home: Path, database_url: str) -> Iterator[Company]:
    company = found_company(home, database_url)
    company.learn()
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def test_after_forgetting_no_word_of_theirs_is_left_in_any_file_or_row(company: Company, tmp_path: Path) -> None:
    inbox = company.kernel.settings.home / "inbox" / "archive"
    inbox.mkdir(parents=True)
    first, _, other = live(company)
    with company.kernel.database.read() as connection:
        raw = company.kernel.log.read(connection, case_id=first, types=("lead.received",))[0].payload.raw_blob  # pyright: ignore
        (inbox / "mail.eml").write_bytes(get_bytes(connection, raw))
    close_days(company)
    before = traces(company)
    assert {line.split(":")[0].split("/")[0] for line in before} >= {"inbox", "outbox", "memory", "events"}
    contact = contact_of(company, first)
    done = forget(company.kernel, contact)
    assert done.finished, done.notice
    assert f"case {other}" in done.mentions
    assert any(mention.startswith("memory ") for mention in done.mentions)
    mine = ("zaphira@quennelworth.example", "blimpernickel", "+4930901820", "marzipanig")
    assert traces(company, mine) == []
    found = verify(company.kernel.log, company.kernel.settings.home / FOLDER)
    assert found.ok and found.forgotten == done.counts["events"] > 0 and found.files > 0
    tables = projection_digests(company.kernel.log)
    rebuild(company.kernel.log)
    assert projection_digests(company.kernel.log) == tables
    file = tmp_path / "later.zip"
    export(company.kernel, file)
    assert in_files(tmp_path, mine) == []


def test_an_answer_that_may_be_going_out_must_be_settled_first(company: Company) -> None:
    case_id = write(company)
    company.work()
    company.answer(case_id)
    key = company.effects(case_id)[0].key
    claim = EffectClaimed(key=key, attempt=1, worker=this_worker(), until="2027-01-01T00:00:00.000000Z")
    company.kernel.log.record(NewEvent(f"effect/{key}", claim, case_id))
    contact = contact_of(company, case_id)
    assert plan(company.kernel, contact).under_way == (key,)
    with pytest.raises(Conflict, match="may be going out") as refused:
        forget(company.kernel, contact)
    assert "Wait until it is settled" in refused.value.remedy
    assert company.case(case_id).status != "closed"
    company.kernel.log.record(NewEvent(f"effect/{key}", EffectCaptured(key=key, receipt={}), case_id))
    assert forget(company.kernel, contact).finished


def test_what_waits_is_void_withdrawn_and_closed(company: Company) -> None:
    waiting, approved = write(company), write(company, ASKS.replace("six", "nine"), id="z2")
    company.work()
    company.answer(approved)
    decision = company.decision(waiting)
    forget(company.kernel, contact_of(company, waiting))
    assert {(company.case(each).status, company.case(each).outcome) for each in (waiting, approved)} == {
        ("closed", "forgotten")
    }
    with company.kernel.database.read() as connection:
        assert company.kernel.decisions.get(connection, decision.id).status == "void"
    assert {effect.state for each in (waiting, approved) for effect in company.effects(each)} == {"withdrawn"}
    company.pass_undo_window()
    assert company.outbox() == []


def test_forgetting_an_unknown_or_forgotten_contact_says_so(company: Company) -> None:
    contact = contact_of(company, worked(company))
    with pytest.raises(NotFound, match="no contact ct_nobody"):
        forget(company.kernel, "ct_nobody")
    forget(company.kernel, contact)
    for again in (forget, plan):
        with pytest.raises(Conflict, match="was forgotten on"):
            again(company.kernel, contact)
    other = contact_of(company, worked(company, OTHERS, email="ana@lead.example", id="o1"))
    with pytest.raises(Conflict, match="was forgotten"):
        company.kernel.contacts.merge(other, contact, "the same")


def test_of_two_who_forget_at_once_one_does_and_the_other_hears_that_it_is_done(company: Company) -> None:
    contact = contact_of(company, worked(company))

    def once() -> str:
        try:
            return forget(company.kernel, contact).certificate
        except Conflict as done:
            return done.message

    with ThreadPoolExecutor(2) as pool:
        results = [each.result() for each in (pool.submit(once), pool.submit(once))]
    certificates = {each for each in results if each.startswith("ev_")}
    assert len(certificates) == 1
    assert len(events_of(company, "person.forgotten")) == len(events_of(company, "forgetting.finished")) == 1


def test_everything_merged_into_a_contact_goes_with_it(company: Company) -> None:
    first = worked(company)
    second = worked(company, email="zq@private.example", name="Zaphira Q", id="z9", text=ASKS.replace("six", "ten"))
    kept = company.kernel.contacts.merge(contact_of(company, first), contact_of(company, second), "the same")
    done = forget(company.kernel, contact_of(company, second))
    assert done.contact_id == kept
    assert company.case(second).outcome == "forgotten"
    assert traces(company, ("zq@private.example", "zaphira", "quennelworth", "blimpernickel")) == []


def test_an_organisation_that_others_belong_to_stays_and_one_of_theirs_alone_goes(company: Company) -> None:
    case_id = worked(company)
    colleague = worked(company, OTHERS, email="otto@quennelworth.example", name="Otto Rehbein", id="o1")
    forget(company.kernel, contact_of(company, case_id))
    with company.kernel.database.read() as connection:
        assert company.kernel.contacts.get(connection, contact_of(company, colleague)).organisation
    forget(company.kernel, contact_of(company, colleague))
    assert traces(company, ("quennelworth.example",)) == []


def test_a_new_message_from_the_same_address_starts_afresh_and_an_old_one_stays_known(company: Company) -> None:
    case_id = worked(company)
    company.answer(case_id)
    company.pass_undo_window()
    [sent] = company.effects(case_id)
    message_id = str((sent.receipt or {})["message_id"])
    contact = contact_of(company, case_id)
    forget(company.kernel, contact)
    again = company.kernel.intake.receive_mail(raw_mail(ASKS, "z1"))
    assert again.duplicate and again.case_id == case_id
    fresh = company.mail(
        "Is my reply lost?\n", email="zaphira@quennelworth.example", id="z3", headers=f"In-Reply-To: {message_id}\n"
    )
    assert fresh != case_id
    company.work()
    assert contact_of(company, fresh) not in ("", contact)
    assert verify(company.kernel.log).ok


def test_nothing_personal_enters_a_forgotten_case_any_more(company: Company) -> None:
    kernel, case_id = company.kernel, worked(company)
    with kernel.database.read() as connection:
        artifact = kernel.artifacts.latest(connection, case_id, "lead_reply_draft")
        assert artifact is not None
        content = kernel.artifacts.content(connection, artifact)
    forget(kernel, contact_of(company, case_id))
    failed = CaseFailed(step="lead", error="Zaphira", remedy="", kind="hard")
    for act in (
        lambda: kernel.cases.retry(case_id, actor="owner"),
        lambda: kernel.log.record(NewEvent(f"case/{case_id}", failed, case_id)),
    ):
        with pytest.raises(Conflict, match="forgotten on request"):
            act()
    with pytest.raises(Conflict, match="forgotten on request"), kernel.database.write() as tx:
        kernel.artifacts.record(tx, case_id, "lead_reply_draft", content, artifact.inputs, {})
    company.cursor = 0
    company.work()
    assert traces(company, ("zaphira", "blimpernickel")) == []


def test_a_file_of_several_people_goes_as_a_whole_and_what_the_others_wrote_stays_in_the_log(
    company: Company, tmp_path: Path
) -> None:
    kernel = company.kernel
    rows = "Name;E-Mail;Nachricht\nZaphira Quennelworth;zaphira@quennelworth.example;We make blimpernickel.\n"
    rows += "Ana Lopes;ana@lead.example;We are a bakery and need a shop.\n"
    archive = kernel.settings.home / "inbox" / "archive"
    archive.mkdir(parents=True)
    (archive / "fair.csv").write_bytes(rows.encode())
    kernel.intake.receive_file("fair.csv", rows.encode())
    company.work()
    [hers] = [case for case in company.cases() if "zaphira" in str(company.output(case.id, "lead")).lower()]
    [others] = [case for case in company.cases() if case.id != hers.id]
    before = company.output(others.id, "lead")
    assert forget(kernel, hers.contact_id).finished
    assert list(archive.iterdir()) == []
    assert traces(company, ("zaphira", "blimpernickel")) == []
    assert company.output(others.id, "lead") == before and "bakery" in str(before)


@pytest.mark.parametrize("point", ["emptied", "forgotten", "files removed"])
def test_a_kill_in_between_leaves_nothing_done_or_is_finished_by_doing_it_again(
    company: Company, point: str, database_url: str
) -> None:
    contact = contact_of(company, live(company)[0])
    close_days(company)
    home = company.kernel.settings.home
    environment = {"AIOS_DATABASE_URL": database_url, "AIOS_EMBEDDINGS": "lexical"}
    killed = aios(home, "contacts", "forget", contact, "--yes", **environment, AIOS_FAULT=point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert verify(company.kernel.log, home / FOLDER).ok
    with company.kernel.database.read() as connection:
        begun = len(unfinished(company.kernel.log, connection))
    assert begun == (point != "emptied")
    assert _doctor(company).state == ("degraded" if begun else "ok")
    if begun:
        assert finish(company.kernel) == ""
    else:
        forget(company.kernel, contact)
    assert _doctor(company).state == "ok"
    assert traces(company, ("zaphira@quennelworth.example", "blimpernickel", "marzipanig")) == []
    assert verify(company.kernel.log, home / FOLDER).ok


def test_every_page_and_call_survives_what_was_forgotten(company: Company) -> None:
    case_id, second, _ = live(company)
    decision = company.decision(second)
    contact = contact_of(company, case_id)
    key = company.effects(case_id)[0].key
    client = client_of(company.kernel)
    before = client.get(f"/contacts/{contact}/forget")
    assert before.status_code == 200 and "Forget for good" in before.text and "What stays" in before.text
    assert client.get(f"/api/contacts/{contact}/forget").json()["counts"]["cases"] == 2
    said = post(client, f"/contacts/{contact}/forget")
    assert said.status_code == 200 and "Everything personal is removed" in said.text
    paths = [f"/contacts/{contact}", f"/cases/{case_id}", f"/cases/{second}", f"/decisions/{decision.id}", "/contacts"]
    paths += ["/", "/cases", "/outbox", "/outbox?view=done", f"/outbox/effect?key={key}", "/decisions?view=answered"]
    paths += ["/quarantine", "/costs", "/health"]
    calls = [f"/api/cases/{case_id}", f"/api/contacts/{contact}", f"/api/decisions/{decision.id}", "/api/effects"]
    calls += ["/api/events?limit=1000", "/api/cases", "/api/decisions", "/api/memory/search?q=website", "/api/costs"]
    for path in paths + calls:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert not [word for word in ("zaphira@", "blimpernickel", "marzipanig") if word in answer.text.lower()], path
    assert "orgotten on request" in client.get(f"/cases/{case_id}").text
    assert "Forgotten on request" in client.get(f"/contacts/{contact}").text
    assert client.get(f"/contacts/{contact}/forget").status_code == 409
    assert client.post(f"/api/contacts/{contact}/forget", headers={"Origin": ORIGIN}).status_code == 409
    assert client.post("/api/contacts/ct_nobody/forget", headers={"Origin": ORIGIN}).status_code == 404


def test_the_command_asks_first_and_says_what_went(
    company: Company, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    contact = contact_of(company, worked(company))
    for name, value in (("AIOS_HOME", company.kernel.settings.home), ("AIOS_DATABASE_URL", database_url)):
        monkeypatch.setenv(name, str(value))
    runner = CliRunner()
    refused = runner.invoke(app, ["contacts", "forget", contact], input="n\n")
    assert refused.exit_code == 1 and "What stays" in refused.output and company.case("lead-0001").outcome == ""
    done = runner.invoke(app, ["contacts", "forget", contact, "--yes", "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["finished"] is True
    assert "emptied on request" in runner.invoke(app, ["events", "verify"]).output


def test_a_question_about_a_fact_of_theirs_is_void_and_emptied(company: Company) -> None:
    contact = contact_of(company, worked(company))
    for text, trust in (("Chief Blimpernickeler", "owner"), ("Marzipaniger", "contact")):
        claim = {"subject": contact, "predicate": "role", "value": text, "confidence": 0.9, "trust": trust}
        company.kernel.facts.learn([Claim.model_validate({**claim, "source": trust, "quote": text})])
    with company.kernel.database.read() as connection:
        [asked] = asked_about(connection, contact)
    forget(company.kernel, contact)
    with company.kernel.database.read() as connection:
        assert company.kernel.decisions.get(connection, asked).status == "void"
    assert traces(company, ("blimpernickeler", "marzipaniger")) == []
    with pytest.raises(Conflict, match="forgotten on request"):
        company.kernel.memory.add(kind="note", title="", text="She is back.", subject=contact)


def _doctor(company: Company) -> Health:
    return next(each for each in examine(company.kernel.settings) if each.name == "forgetting")
