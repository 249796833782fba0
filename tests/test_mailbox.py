"""The mailbox: new mails are read once from a real IMAP server, and left there as they were."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from aios.cases.cases import Cases
from aios.cases.process import PROCESSES
from aios.cases.projection import CaseProjection
from aios.clock import ManualClock
from aios.database.engine import Database
from aios.decisions.projection import DecisionProjection
from aios.errors import CredentialRefused, HardFailure, SoftFailure
from aios.events.log import EventLog
from aios.intake.intake import Intake
from aios.intake.mailbox import Mailbox
from aios.intake.projection import QuarantineProjection, ThreadProjection
from aios.settings import Settings
from tests.mails import raw_mail
from tests.peers.imap import DovecotMissing, ImapPeer, start_dovecot
from tests.ports import free_port


@pytest.fixture
def imap() -> Iterator[ImapPeer]:
    try:
        peer = start_dovecot()
    except DovecotMissing as missing:
        pytest.skip(f"IMAP: {missing}")
    yield peer
    peer.stop()


@pytest.fixture
def clock() -> ManualClock:
    """The server stamps what it gets with the machine's own time."""
    return ManualClock(datetime.now(UTC))


def mailbox(database: Database, clock: ManualClock, home: Path, url: str) -> Mailbox:
    log = EventLog(
        database, clock, (CaseProjection(), ThreadProjection(), QuarantineProjection(), DecisionProjection())
    )
    settings = Settings(aios_home=home, aios_imap_url=SecretStr(url))
    return Mailbox(settings, Intake(log, Cases(log, PROCESSES), clock, home), database, clock)


def test_each_mail_is_taken_once_and_a_broken_one_does_not_stop_the_rest(
    database: Database, clock: ManualClock, home: Path, imap: ImapPeer
) -> None:
    box = mailbox(database, clock, home, imap.url)
    assert box.poll() == []
    imap.deliver(raw_mail())
    imap.deliver(b"Subject: from nobody\r\n\r\nhello\r\n")
    imap.deliver(raw_mail("Another lead: please audit our data.", message_id="<q2@b.example>"))
    assert sorted((receipt.case_id, receipt.quarantined) for receipt in box.poll() if receipt.case_id) == [
        ("lead-0001", False),
        ("lead-0002", False),
    ]
    assert box.poll() == []
    imap.deliver(raw_mail("A third lead wants a website as well.", message_id="<q3@b.example>"))
    (third,) = mailbox(database, clock, home, imap.url).poll()
    assert third.case_id == "lead-0003"
    assert imap.count() == 4


def test_mail_from_before_the_first_days_is_left_alone(
    database: Database, clock: ManualClock, home: Path, imap: ImapPeer
) -> None:
    imap.deliver(raw_mail())
    clock.advance(days=30)
    assert mailbox(database, clock, home, imap.url).poll() == []


def test_a_mailbox_that_does_not_answer_or_refuses_says_which(
    database: Database, clock: ManualClock, home: Path, imap: ImapPeer
) -> None:
    with pytest.raises(SoftFailure):
        mailbox(database, clock, home, f"imap://owner:secret@127.0.0.1:{free_port()}").poll()
    with pytest.raises(HardFailure, match="AIOS_IMAP_URL"):
        mailbox(database, clock, home, imap.url.replace("secret", "wrong")).poll()


def test_a_mailbox_that_was_numbered_anew_is_read_again_and_nothing_taken_twice(
    database: Database, clock: ManualClock, home: Path, imap: ImapPeer
) -> None:
    box = mailbox(database, clock, home, imap.url)
    imap.deliver(raw_mail())
    assert [receipt.case_id for receipt in box.poll()] == ["lead-0001"]
    imap.renumber()
    imap.deliver(raw_mail("Another lead: please audit our data.", message_id="<q2@b.example>"))
    found = {receipt.case_id: receipt.duplicate for receipt in box.poll()}
    assert found == {"lead-0001": True, "lead-0002": False}
    assert box.poll() == []


def test_a_refused_password_is_one_question_and_is_not_tried_again_at_once(
    database: Database, clock: ManualClock, home: Path, imap: ImapPeer
) -> None:
    box = mailbox(database, clock, home, "file:password")
    password = home / "password"

    def tell(address: str) -> None:
        password.write_text(address)
        password.chmod(0o600)

    def questions() -> list[str]:
        with database.read() as connection:
            return [one.title for one in box.admission.decisions.list(connection, status="open")]

    tell(imap.url.replace("secret", "wrong"))
    for _ in range(3):
        with pytest.raises(CredentialRefused):
            box.poll()
        assert box.poll() == [] and box.is_held_back()
        clock.advance(seconds=601)
    assert questions() == ["Mailbox refuses our credentials"]
    assert imap.refusals() == 3
    tell(imap.url)
    imap.deliver(raw_mail())
    assert box.check().state == "ok" and questions() == []
    assert [receipt.case_id for receipt in box.poll()] == ["lead-0001"]
