"""Killed with SIGKILL at each write point between event and receipt, a lead is still answered exactly once."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.events.integrity import projection_digests, rebuild
from aios.events.log import EventLog
from tests.company import Company
from tests.invariants import check_promises
from tests.peers.aimock import Aimock
from tests.peers.imap import DovecotMissing, ImapPeer, start_dovecot
from tests.peers.smtp import SmtpPeer
from tests.shift import STEPS, company_at, shift

ASKS = "Hello, we need a website of six pages for our bakery. What does it cost and how long does it take? Ana"
POINTS = ("claimed", "performed")


def prepare(home: Path, **settings: Any) -> str:
    """A company that has learnt its documents and received one lead."""
    company = company_at(home, **settings)
    company.learn()
    case_id = company.mail(ASKS)
    company.kernel.close()
    return case_id


def kill_everywhere(base: Path, **settings: Any) -> Iterator[tuple[str, Path]]:
    """Kill one shift at each commit and at each point around the outside call; then a second shift does the rest."""
    number, finished = 0, False
    while not finished:
        number += 1
        home, finished = killed_at(base, f"commit:{number}", settings)
        yield f"commit:{number}", home
    assert number > 2 * STEPS, f"only {number} write points were found"
    for point in POINTS:
        home, finished = killed_at(base, point, settings)
        assert not finished, f"{point} was not reached"
        yield point, home


def killed_at(base: Path, fault: str, settings: dict[str, Any]) -> tuple[Path, bool]:
    home = base.parent / fault.replace(":", "-")
    shutil.copytree(base, home)
    finished = shift(home, fault, **settings)
    assert finished or shift(home, **settings)
    return home, finished


def end_of(company: Company, case_id: str) -> dict[str, Any]:
    """What must be the same however often it was killed."""
    return {
        "case": (company.case(case_id).status, company.case(case_id).outcome),
        "effects": [(effect.key, effect.state) for effect in company.effects(case_id)],
        "reply": company.output(case_id, "lead_reply")["text"],
    }


def check_log(log: EventLog) -> None:
    check_promises(log.database)
    before = projection_digests(log)
    rebuild(log)
    assert projection_digests(log) == before


@pytest.mark.slow
@pytest.mark.timeout(600)  # two processes for each of many points
def test_a_kill_at_any_write_point_leaves_one_answer_in_the_sandbox(tmp_path: Path) -> None:
    case_id = prepare(tmp_path / "base")
    ends = []
    for point, home in kill_everywhere(tmp_path / "base"):
        company = company_at(home)
        assert len(company.outbox()) == 1, point
        check_log(company.kernel.log)
        ends.append(end_of(company, case_id))
        company.kernel.close()
    assert all(end == ends[0] for end in ends)
    assert ends[0]["case"] == ("closed", "answered")


@pytest.fixture
def imap() -> Iterator[ImapPeer]:
    try:
        peer = start_dovecot()
    except DovecotMissing as missing:
        pytest.skip(f"IMAP: {missing}")
    yield peer
    peer.stop()


@pytest.mark.slow
def test_a_kill_around_a_real_send_is_looked_up_in_sent_and_not_repeated(tmp_path: Path, imap: ImapPeer) -> None:
    smtp = SmtpPeer(on_stored=lambda raw: imap.deliver(raw, "Sent")).start()
    live = {
        "aios_mode": "live",
        "aios_smtp_url": smtp.url,
        "aios_imap_url": imap.url,
        "aios_imap_sent": "Sent",
        "aios_smtp_files_sent": True,
        "aios_owner_email": "mara@nordlicht.example",
    }
    try:
        prepare(tmp_path / "base", **live)
        for point in POINTS:
            before = len(smtp.stored)
            home, finished = killed_at(tmp_path / "base", point, live)
            company = company_at(home, **live)
            assert not finished and len(smtp.stored) == before + 1, point
            assert [effect.state for effect in company.effects()] == ["succeeded"], point
            company.kernel.close()
            for mail in (imap.directory / "mail" / ".Sent" / "new").glob("*"):
                mail.unlink()
    finally:
        smtp.stop()


@pytest.mark.slow
def test_without_a_sent_folder_the_owner_says_whether_it_went_out(tmp_path: Path) -> None:
    smtp = SmtpPeer().start()
    live = {"aios_mode": "live", "aios_smtp_url": smtp.url, "aios_owner_email": "mara@nordlicht.example"}
    try:
        case_id = prepare(tmp_path / "base", **live)
        home, finished = killed_at(tmp_path / "base", "performed", live)
        company = company_at(home, **live)
        assert not finished and len(smtp.stored) == 1
        with company.kernel.database.read() as connection:
            kinds = [item.kind for item in company.kernel.decisions.list(connection, case_id=case_id)]
        assert kinds == ["effect", "outcome"]
        assert company.case(case_id).outcome == "answered"
        company.kernel.close()
    finally:
        smtp.stop()


ROUTING = {"confidence": 0.95, "kind": "lead", "language": "en", "flags": [], "reasons": ["asks for a website"]}
QUALIFICATION = {
    "confidence": 0.9,
    "fit": "strong",
    "urgency": "normal",
    "deadline": "",
    "budget": None,
    "need": "A website of six pages",
    "offer_item_ids": [],
    "missing": ["timeline"],
    "score": 70,
    "reasons": [{"points": 70, "text": "wants what we sell"}],
}
DRAFT = {
    "confidence": 0.9,
    "subject": "Re: A new website",
    "body": "Dear Ana,\n\nthank you for writing. When would you like to start?\n\nBest regards",
    "claims": [],
    "questions": ["When would you like to start?"],
}


@pytest.mark.slow
def test_a_killed_run_pays_for_no_model_answer_twice(tmp_path: Path, aimock: Aimock) -> None:
    outputs = (ROUTING, QUALIFICATION, DRAFT)
    model = {"openai_base_url": aimock.base_url, "openai_api_key": "test"}
    case_id = prepare(tmp_path / "base", **model)
    for commit in (3, 6, 9, 12, 15, 18, 21):
        aimock.reset()
        for index, output in enumerate(outputs):
            aimock.answer(output, match={"endpoint": "chat", "sequenceIndex": index})
        home, finished = killed_at(tmp_path / "base", f"commit:{commit}", model)
        assert len(aimock.requests()) == len(outputs), f"killed at commit {commit} (finished: {finished})"
        company = company_at(home, **model)
        assert company.output(case_id, "lead_reply")["text"] == DRAFT["body"]
        company.kernel.cases.retry(case_id, actor="owner")
        company.kernel.close()
        assert shift(home, **model)
        assert len(aimock.requests()) == len(outputs)
