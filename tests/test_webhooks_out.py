"""Webhooks that go out: signed as the standard says, recognised when they come twice, and never led astray."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from standardwebhooks.webhooks import Webhook

from aios.cases.process import PROCESSES, ProcessInfo
from aios.clock import ManualClock, SystemClock
from aios.connectors.webhooks.guard import checked_target
from aios.connectors.webhooks.notice import Notice, headers_of, id_of
from aios.connectors.webhooks.outgoing import Webhooks
from aios.database.engine import Database
from aios.decisions.shown import Shown
from aios.effects.gate import Proposal
from aios.errors import BusinessFailure, HardFailure, SoftFailure
from aios.events.catalog import WebhookReceived
from aios.events.event import NewEvent
from aios.policies.verdict import Subject
from aios.processes.context import StepContext
from aios.processes.process import Process
from aios.settings import Settings
from assets.chains import CHAINS
from assets.steps import process_chain
from tests.company import found_company
from tests.contracts.carrying import approve, open_executor, open_log
from tests.peers.hooks import SECRET, HookPeer
from tests.ports import free_port

KEY = "webhooks.send/lead-0001/ev_1"
NOTICE: dict[str, Any] = {
    "type": "lead.answered",
    "happened_at": "2026-11-02T10:00:00+01:00",
    "data": {"case": "lead-0001", "who": "Mira Köhler"},
}


@pytest.fixture
def receiver() -> Iterator[HookPeer]:
    peer = HookPeer()
    peer.start()
    yield peer
    peer.stop()


def webhooks(home: Path, port: int, **more: Any) -> Webhooks:
    given = {"aios_webhook_signing_secret": SecretStr(SECRET), "aios_webhook_private": f"127.0.0.1:{port}", **more}
    return Webhooks(Settings(aios_home=home, aios_connector_timeout=30, **given), ManualClock())


def to(peer: HookPeer) -> dict[str, Any]:
    return {"url": f"http://127.0.0.1:{peer.port}/hook?a=1", **NOTICE}


def test_a_notice_is_signed_and_taken_once_however_often_it_comes(home: Path, receiver: HookPeer) -> None:
    sender = webhooks(home, receiver.port)
    first, again = (sender.perform("send", to(receiver), KEY) for _ in range(2))
    assert first == again
    assert list(receiver.taken) == [id_of(KEY)]
    assert json.loads(receiver.taken[id_of(KEY)])["data"] == NOTICE["data"]
    assert receiver.tries[id_of(KEY)] == 2
    assert receiver.unsigned == 0


def test_the_standards_own_library_accepts_what_is_sent_also_while_a_secret_is_renewed() -> None:
    other = "whsec_" + "c2VjcmV0IG51bWJlciB0d28gaXMgbG9uZyBlbm91Z2g="
    body = Notice.model_validate({"url": "https://x.example/", **NOTICE}).body()
    headers = headers_of(KEY, body, SecretStr(f"{other} {SECRET}"), SystemClock().now())
    for secret in (SECRET, other):
        assert Webhook(secret).verify(body, headers)["type"] == "lead.answered"


@pytest.mark.parametrize("secret", [None, "whsec_", "whsec_no/base64!", "whsec_c2hvcnQ=", "  "])
def test_without_a_proper_secret_nothing_goes_out(home: Path, receiver: HookPeer, secret: str | None) -> None:
    sender = webhooks(
        home, receiver.port, aios_webhook_signing_secret=SecretStr(secret) if secret is not None else None
    )
    with pytest.raises(HardFailure) as refused:
        sender.perform("send", to(receiver), KEY)
    assert "AIOS_WEBHOOK_SIGNING_SECRET" in refused.value.remedy
    assert sender.check().state in ("off", "down")
    assert not receiver.tries


# --- where it may go -----------------------------------------------------------------------------------------------

PRIVATE = [
    "https://127.0.0.1/", "https://localhost/", "https://10.1.2.3/", "https://192.168.0.1/", "https://169.254.169.254/",
    "https://[::1]/", "https://[fd00::1]/", "https://[fe80::1]/", "https://0.0.0.0/", "https://[::]/",
    "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://2130706433/",
    "https://0x7f.1/", "https://127.1/", "https://100.64.0.1/", "https://224.0.0.1/", "https://[ff02::1]/",
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
def test_no_webhook_reaches_what_only_this_machine_can_reach(url: str) -> None:
    with pytest.raises(HardFailure, match="no public address") as refused:
        checked_target(url, frozenset())
    assert "AIOS_WEBHOOK_PRIVATE" in refused.value.remedy


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.215.14/",
        "ftp://x.example/",
        "https://",
        "https://u:p@x.example/",
        "https://x:99999/",
        "x",
        "https://[::1",
    ],
)
def test_what_is_no_address_or_unencrypted_is_refused(url: str) -> None:
    with pytest.raises(HardFailure) as refused:
        checked_target(url, frozenset())
    assert refused.value.remedy


def test_a_name_is_looked_up_once_and_every_address_of_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = [["93.184.215.14"], ["93.184.215.14", "10.0.0.1"]]

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answers[len(asked) - 1]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    target = checked_target("https://n8n.example:8443/hook?a=1", frozenset())
    assert (target.url, target.authority) == ("https://93.184.215.14:8443/hook?a=1", "n8n.example:8443")
    with pytest.raises(HardFailure, match=r"10\.0\.0\.1"):
        checked_target("https://n8n.example/", frozenset())
    assert asked == ["n8n.example", "n8n.example"]


def test_a_name_that_is_not_known_may_be_known_later() -> None:
    with pytest.raises(SoftFailure, match="is not known"):
        checked_target("https://nowhere.invalid/", frozenset())


def test_a_redirect_is_not_followed(home: Path, receiver: HookPeer) -> None:
    receiver.answers, receiver.location = [302], f"http://127.0.0.1:{receiver.port}/elsewhere"
    with pytest.raises(HardFailure, match="302"):
        webhooks(home, receiver.port).perform("send", to(receiver), KEY)
    assert receiver.tries[id_of(KEY)] == 1
    assert not receiver.taken


# --- retried, and given up -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (500, SoftFailure),
        (503, SoftFailure),
        (429, SoftFailure),
        (410, BusinessFailure),
        (400, HardFailure),
        (401, HardFailure),
    ],
)
def test_each_answer_takes_its_own_path(home: Path, receiver: HookPeer, status: int, failure: type[Exception]) -> None:
    receiver.answers = [status]
    with pytest.raises(failure) as caught:
        webhooks(home, receiver.port).perform("send", to(receiver), KEY)
    assert type(caught.value) is failure
    if failure is SoftFailure:
        assert caught.value.retry_after == 7  # pyright: ignore


def test_nobody_listening_is_a_soft_failure(home: Path) -> None:
    port = free_port()
    with pytest.raises(SoftFailure):
        webhooks(home, port).perform("send", {"url": f"http://127.0.0.1:{port}/", **NOTICE}, KEY)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_is_tried_again_later_under_the_same_id_and_what_is_refused_for_good_ends(
    home: Path, database: Database, clock: ManualClock, receiver: HookPeer
) -> None:
    log, sender = open_log(database, clock), webhooks(home, receiver.port)
    executor = open_executor(log, sender)
    for key, status, state in ((KEY, 503, "approved"), (f"{KEY}/dead", 400, "failed")):
        approve(log, sender, "send", to(receiver), key, key[-9:])
        receiver.answers = [status]
        executor.carry_out(key)
        assert executor.carry_out(key).state == state
        clock.advance(hours=1)
        executor.carry_out(key)
    assert receiver.tries == {id_of(KEY): 2, id_of(f"{KEY}/dead"): 1}
    assert list(receiver.taken) == [id_of(KEY)]
    dead = executor.carry_out(f"{KEY}/dead")
    assert (dead.failure, "send it again" in dead.remedy) == ("hard", True)


class Told(BaseModel):
    status: int


@pytest.fixture
def notices(receiver: HookPeer, monkeypatch: pytest.MonkeyPatch) -> ProcessInfo:
    """A process whose one step tells another program."""
    info = ProcessInfo(name="notices", version="1", prefix="notice", trigger="webhook.received", steps=("notice",))
    process = Process(info)

    @process.step()
    def notice(step: StepContext) -> Told:
        """Tell them."""
        about = {"key": f"webhooks.send/{step.case.id}", "case_id": step.case.id}
        subject = Subject("notices", "webhooks.send", 1.0, "", (), (), "", False, (), step.kernel.clock.now(), **about)
        return Told(status=step.effect(Proposal(
            **about, step=step.step, connector="webhooks", operation="send", request=to(receiver), inputs={},
            shown=Shown(title="Tell them"), subject=subject,
        )).receipt["status"])  # fmt: skip

    monkeypatch.setitem(PROCESSES, info.name, info)
    monkeypatch.setitem(CHAINS, info.prefix, process_chain(process))
    return info


def test_what_nobody_took_is_a_decision_and_approving_it_sends_it_again_under_the_same_id(
    home: Path, receiver: HookPeer, notices: ProcessInfo
) -> None:
    live = {"aios_mode": "live", "aios_owner_email": "lena@nordlicht.example", "aios_webhook_signing_secret": SECRET}
    company = found_company(home, aios_webhook_private=f"127.0.0.1:{receiver.port}", **live)
    with company.kernel.database.write() as tx:
        said = WebhookReceived(sender="x", delivery_id="1", kind="x", blob="", size=0)
        event = company.kernel.log.append(tx, NewEvent("webhook/x", said, "notice-0001")).event
        company.kernel.cases.open(tx, "notice-0001", notices.name, "Tell them", event.id)
    company.work()
    receiver.answers = [410]
    company.answer("notice-0001")
    company.pass_undo_window()
    dead = company.decision("notice-0001")
    assert (dead.kind, receiver.taken) == ("remedy", {})
    with company.kernel.database.read() as connection:
        assert "send it again" in company.kernel.decisions.shown(connection, dead).summary
    company.answer("notice-0001")  # send it again
    company.work()
    company.answer("notice-0001")  # which policy asks about as it did before
    company.pass_undo_window()
    assert receiver.tries == {id_of("webhooks.send/notice-0001"): 2}
    assert list(receiver.taken) == [id_of("webhooks.send/notice-0001")]
    company.kernel.close()
