"""Files that go out with mails: as they are, under their names, and only those that were approved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.clock import ManualClock
from aios.connectors.base import Found
from aios.connectors.mail.contract import MAIL
from aios.connectors.mail.sandbox import SandboxMail
from aios.errors import BusinessFailure, HardFailure
from aios.ids import digest_bytes
from tests.peers.smtp import SmtpPeer
from tests.test_mail_out import KEY, REQUEST, live, parsed, settings


@pytest.fixture
def smtp() -> Iterator[SmtpPeer]:
    peer = SmtpPeer().start()
    yield peer
    peer.stop()


FILE = b"%PDF-1.7\r\n.\r\n" + bytes(range(256)) * 200
NAMES = ("2026-0001.pdf", "Rechnung für Müller.xml")


def with_files(*sizes: int) -> dict[str, Any]:
    files = [
        {"name": name, "media_type": "application/pdf", "blob": digest_bytes(FILE), "size": size}
        for name, size in zip(NAMES, sizes, strict=False)
    ]
    return REQUEST | {"attachments": files}


def carrying(connector: Any) -> Any:
    connector.contents = {digest_bytes(FILE): FILE}.__getitem__
    return connector


def test_files_go_out_with_a_mail_as_they_are_and_under_their_names(home: Path, smtp: SmtpPeer) -> None:
    request = with_files(len(FILE), len(FILE))
    carrying(live(home, smtp)).perform("send", request, KEY)
    sandbox = carrying(SandboxMail(settings(home), ManualClock()))
    receipt = sandbox.perform("send", request, KEY)
    assert sandbox.look_up("send", request, KEY) == Found(receipt)
    for raw in (smtp.stored[0].raw, (home / receipt["file"]).read_bytes()):
        message = parsed(raw)
        assert [part.get_filename() for part in message.iter_attachments()] == list(NAMES)
        assert [part.get_content() for part in message.iter_attachments()] == [FILE, FILE]
        assert "ein Punkt am Anfang" in message.get_body(("plain",)).get_content()


def test_a_file_that_is_gone_or_not_what_was_approved_keeps_the_mail_from_going(home: Path, smtp: SmtpPeer) -> None:
    with pytest.raises(HardFailure, match=r"has 51\d+ bytes, and 7 were approved"):
        carrying(live(home, smtp)).perform("send", with_files(7), KEY)
    with pytest.raises(HardFailure, match="cannot be attached"):
        live(home, smtp).perform("send", with_files(len(FILE)), KEY)
    assert (smtp.attempts, smtp.stored) == (0, [])


def test_a_mail_that_the_server_finds_too_large_is_refused_before_it_is_sent(home: Path) -> None:
    small = SmtpPeer(largest=30_000).start()
    with pytest.raises(BusinessFailure, match="552"):
        carrying(live(home, small)).perform("send", with_files(len(FILE)), KEY)
    assert (small.attempts, small.stored) == (0, [])
    small.stop()


@pytest.mark.parametrize(
    "bad",
    [
        {"size": 15_000_001},
        {"name": "a\r\nBcc: thief@evil.example", "media_type": "application/pdf\r\nX: y"},
        {"name": ""},
        {"blob": "../etc/passwd"},
        {"media_type": "multipart"},
    ],
)
def test_a_file_that_no_mail_carries_is_a_hard_failure(home: Path, bad: dict[str, Any]) -> None:
    [file] = with_files(len(FILE))["attachments"]
    with pytest.raises(HardFailure):
        carrying(SandboxMail(settings(home), ManualClock())).perform(
            "send", REQUEST | {"attachments": [file | bad]}, KEY
        )
    eleven = REQUEST | {"attachments": [file] * 11}
    many = REQUEST | {"attachments": [file | {"size": 8_000_000}] * 2}
    for each in (eleven, many):
        with pytest.raises(HardFailure):
            MAIL.parse("send", each)
