"""Other programs are told what the policies subscribe them to: each event once, signed, nothing personal unasked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.effects.switching import switch
from aios.processes.notice import gather
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.peers.hooks import SECRET, HookPeer
from tests.policing import policy

ASK = "Hello,\n\nwe need a new website for our bakery with five pages.\n\nAna"
TO = "https://n8n.example/hook"


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home, aios_webhook_signing_secret=SECRET, aios_owner_email="lena@nordlicht.example")
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def subscribe(company: Company, events: str, url: str = TO, personal: bool = False) -> None:
    file = company.kernel.settings.home / "policies.yaml"
    said = f"webhooks:\n  - {{name: crm, url: '{url}', events: [{events}], personal: {str(personal).lower()}}}\n"
    undo = file.read_text().replace("undo_seconds: 30", "undo_seconds: 0").partition("quiet_hours:\n")
    text = (undo[0] + undo[2].partition("\n\n")[2]).replace("webhooks: []\n", said)
    rule = text.index("  # - name: subscribed-webhooks")
    file.write_text(text[:rule] + text[rule:].replace("  # ", "  ", 4))
    assert company.kernel.policies.reload().outcome == "adopted"


def tell(company: Company) -> int:
    found = gather(company.kernel)
    company.work()
    company.pass_undo_window()
    return found


def told(company: Company) -> list[dict[str, Any]]:
    files = (company.kernel.settings.home / "outbox" / "webhooks").glob("*.json")
    return [json.loads(file.read_text()) for file in files]


def cases(company: Company) -> list[str]:
    return [f"{case.id} {case.outcome or case.status}" for case in company.cases() if case.process == "webhook_notice"]


def test_what_is_subscribed_is_told_once_from_then_on_without_what_is_personal(company: Company) -> None:
    company.mail(ASK, id="before")
    company.work()
    subscribe(company, "decision.made, case.closed")
    assert gather(company.kernel) == 0, "what happened before is told to nobody"
    company.answer("lead-0001", "reject", note="Ana Lopes pays nothing")
    assert tell(company) == 2
    assert tell(company) == 0, "what notices bring about is told to nobody"
    said = {each["body"]["type"]: each["body"]["data"] for each in told(company)}
    assert said["decision.made"]["verdict"] == "reject" and said["case.closed"]["outcome"] == "rejected"
    assert said["case.closed"]["case"] == "lead-0001"
    assert "Ana" not in json.dumps(told(company)) and "note" not in said["decision.made"]
    assert cases(company) == ["notice-0001 delivered", "notice-0002 delivered"]


def test_what_is_personal_is_told_where_the_subscription_says_so_and_goes_with_the_person(company: Company) -> None:
    subscribe(company, "lead.received", personal=True)
    company.mail(ASK)
    company.work()
    assert tell(company) == 1
    [notice] = told(company)
    assert notice["body"]["data"]["sender"]["email"] == "ana@lead.example"
    assert company.case("notice-0001").contact_id == company.case("lead-0001").contact_id


def test_it_goes_out_signed_is_tried_again_and_becomes_a_question_where_it_is_refused_for_good(home: Path) -> None:
    peer = HookPeer().start()
    place = f"127.0.0.1:{peer.port}"
    owner = {"aios_owner_email": "lena@nordlicht.example", "aios_webhook_private": place}
    company = found_company(home, aios_webhook_signing_secret=SECRET, **owner)
    try:
        switch(company.kernel.gate, company.kernel.connectors, "webhooks", "live", "owner")
        subscribe(company, '"case.*"', url=f"http://{place}/hook")
        peer.answers = [503]
        company.mail(ASK)
        assert gather(company.kernel) == 1  # case.opened; that it has a contact is known once it is worked on
        company.work()
        assert company.effects("notice-0001")[0].state == "approved" and not peer.taken
        company.kernel.clock.advance(minutes=5)  # type: ignore[attr-defined]
        company.work()
        assert (company.effects("notice-0001")[0].state, len(peer.taken), peer.unsigned) == ("succeeded", 1, 0)
        peer.answers = [400]
        company.answer("lead-0001", "reject")
        tell(company)
        [failed] = [each for each in company.effects() if each.state == "failed"]
        asked = company.decision(failed.case_id)
        assert (asked.kind, failed.failure) == ("remedy", "hard")
        company.answer(failed.case_id)
        company.work()
        assert all(each.state == "succeeded" for each in company.effects() if each.connector == "webhooks")
        assert max(peer.tries.values()) == 2
    finally:
        peer.stop()
        company.kernel.close()


def test_two_that_look_at_once_tell_nothing_twice_and_who_unsubscribes_is_told_no_more(company: Company) -> None:
    subscribe(company, "case.opened")
    company.mail(ASK)
    assert [gather(company.kernel), gather(company.kernel)] == [1, 0]
    file = company.kernel.settings.home / "policies.yaml"
    file.write_text(file.read_text().replace("name: crm", "name: other"))
    assert company.kernel.policies.reload().outcome == "adopted"
    company.work()
    assert cases(company) == ["notice-0001 unsubscribed"] and told(company) == []


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("{name: a, url: 'https://x.example', events: [case.shut]}", "case.shut"),
        ("{name: a, url: 'ftp://x.example', events: [case.closed]}", "url"),
        ("{name: a, url: 'https://x.example', events: []}", "events"),
        (
            "{name: a, url: 'https://x.example', events: ['*']}\n- {name: a, url: 'https://y.example', events: ['*']}",
            "'a'",
        ),
    ],
)
def test_a_subscription_that_can_be_none_is_refused_with_the_reason(said: str, wrong: str) -> None:
    with pytest.raises(Exception, match=wrong):
        policy(f"webhooks:\n- {said}")
