"""Outgoing mail: composed safely, taken by the sandbox, sent through a real SMTP server that also fails."""

import email
import email.policy
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from aios.clock import ManualClock
from aios.connectors.base import Absent, CannotTell, Found
from aios.connectors.mail.message import MailRequest, compose, message_id
from aios.connectors.mail.sandbox import SandboxMail
from aios.connectors.mail.smtp import SmtpMail
from aios.database.engine import Database
from aios.errors import BusinessFailure, CredentialRefused, HardFailure, OutcomeUnknown, SoftFailure
from aios.settings import Settings
from tests.contracts.carrying import approve, open_executor, open_log
from tests.peers.imap import DovecotMissing, ImapPeer, start_dovecot
from tests.peers.smtp import SmtpPeer
from tests.ports import free_port

KEY = "lead_intake/lead-0001/reply"
REQUEST: dict[str, Any] = {
    "to": ["mira@kaffeekontor.example"],
    "subject": "Re: Neue Website für unsere Rösterei",
    "text": "Guten Tag,\n\n.ein Punkt am Anfang\nViele Grüße",
    "in_reply_to": "<q1@kaffeekontor.example>",
    "references": ["<q0@kaffeekontor.example>", "<q1@kaffeekontor.example>"],
}


def settings(home: Path, **more: Any) -> Settings:
    return Settings(aios_home=home, aios_owner_email="lena@nordlicht.example", aios_owner_name="Lena Brandt", **more)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def smtp() -> Iterator[SmtpPeer]:
    peer = SmtpPeer().start()
    yield peer
    peer.stop()


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapPeer]:
    try:
        peer = start_dovecot()
    except DovecotMissing as missing:
        pytest.skip(f"IMAP: {missing}")
    yield peer
    peer.stop()


def live(home: Path, smtp: SmtpPeer, **more: Any) -> SmtpMail:
    return SmtpMail(settings(home, aios_smtp_url=SecretStr(smtp.url), **more), ManualClock(), timeout=30.0)


# --- composing ---------------------------------------------------------------------------------------------------


def test_a_mail_threads_with_what_it_answers_and_keeps_its_id_for_every_attempt(home: Path, clock: ManualClock) -> None:
    request = MailRequest.model_validate(REQUEST)
    first = compose(request, KEY, settings(home), clock.now())
    clock.advance(days=1)
    again = compose(request, KEY, settings(home), clock.now())
    assert first["Message-ID"] == again["Message-ID"] == message_id(KEY, "lena@nordlicht.example")
    assert first["In-Reply-To"] == "<q1@kaffeekontor.example>"
    assert first["References"].split() == ["<q0@kaffeekontor.example>", "<q1@kaffeekontor.example>"]
    assert first["Date"] is not None
    assert first["From"] == "Lena Brandt <lena@nordlicht.example>"


def test_no_text_from_outside_can_add_a_header(home: Path, clock: ManualClock) -> None:
    breaks = ["\r\n", "\n", "\r", "\x85", "\u2028", "\x0b", "\x0c", "\x00", "=?utf-8?q?=0D=0A?=\r\n"]
    for line_end in breaks:
        hostile = REQUEST | {
            "subject": f"Hello{line_end}Bcc: thief@evil.example",
            "from_name": f"Lena{line_end}Bcc: thief@evil.example",
            "references": [f"<a@b.example>{line_end}Bcc: thief@evil.example", "<fine@b.example>"],
        }
        raw = compose(MailRequest.model_validate(hostile), KEY, settings(home), clock.now()).as_bytes()
        message = parsed(raw)
        assert message["Bcc"] is None
        assert {name.lower() for name in message} == {
            "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "content-type",
            "content-transfer-encoding", "mime-version",
        }  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    [
        {"to": ["a@b.example\r\nBcc: thief@evil.example"]},
        {"to": ["not an address"]},
        {"to": []},
        {"to": ["a@b.example, c@d.example"]},
        {"in_reply_to": "<a@b>\r\nBcc: x@y.example"},
        {"text": ""},
        {"bcc": ["x@y.example"]},
    ],
)
def test_a_request_that_cannot_be_one_mail_is_a_hard_failure(home: Path, bad: dict[str, Any]) -> None:
    with pytest.raises(HardFailure):
        SandboxMail(settings(home), ManualClock()).perform("send", REQUEST | bad, KEY)
    assert not (home / "outbox").exists()


def test_long_message_ids_are_not_folded_into_encoded_words(home: Path, clock: ManualClock) -> None:
    long = f"<{'x' * 200}@mail.example>"
    request = MailRequest.model_validate(REQUEST | {"in_reply_to": long, "references": [long]})
    raw = compose(request, KEY, settings(home), clock.now()).as_bytes()
    assert f"In-Reply-To: {long}\r\n".encode() in raw
    assert parsed(raw)["References"] == long


def test_a_mail_that_no_person_read_says_that_it_was_sent_automatically(home: Path, clock: ManualClock) -> None:
    request = MailRequest.model_validate(REQUEST | {"auto_submitted": True})
    assert compose(request, KEY, settings(home), clock.now())["Auto-Submitted"] == "auto-replied"


# --- the sandbox -------------------------------------------------------------------------------------------------


def test_the_sandbox_keeps_one_readable_file_however_often_it_is_asked(home: Path) -> None:
    mail = SandboxMail(settings(home), ManualClock())
    assert isinstance(mail.look_up("send", REQUEST, KEY), Absent)
    first = mail.perform("send", REQUEST, KEY)
    again = mail.perform("send", REQUEST, KEY)
    files = list((home / "outbox").iterdir())
    assert first == again
    assert [file.name for file in files] == [Path(first["file"]).name]
    message = parsed(files[0].read_bytes())
    assert message["Subject"] == REQUEST["subject"]
    assert message.get_content().replace("\r\n", "\n").strip() == REQUEST["text"]
    assert mail.look_up("send", REQUEST, KEY) == Found(first)
    assert mail.check().state == "ok"


def test_a_changed_owner_address_does_not_hide_a_captured_mail(home: Path) -> None:
    receipt = SandboxMail(settings(home), ManualClock()).perform("send", REQUEST, KEY)
    moved = Settings(aios_home=home, aios_owner_email="lena@elsewhere.example")
    assert SandboxMail(moved, ManualClock()).look_up("send", REQUEST, KEY) == Found(receipt)


# --- SMTP --------------------------------------------------------------------------------------------------------


def test_a_mail_reaches_the_server_as_it_was_composed(home: Path, smtp: SmtpPeer) -> None:
    receipt = live(home, smtp).perform("send", REQUEST, KEY)
    stored = smtp.stored[0]
    message = parsed(stored.raw)
    assert smtp.count(receipt["message_id"]) == 1
    assert stored.recipients == ("mira@kaffeekontor.example",)
    assert message["Subject"] == REQUEST["subject"]
    assert message.get_content().replace("\r\n", "\n").strip() == REQUEST["text"]


@pytest.mark.parametrize(("code", "kind"), [("451", SoftFailure), ("550", HardFailure), ("552", HardFailure),
                                            ("554", HardFailure)])  # fmt: skip
def test_a_refusal_is_soft_or_hard_by_the_servers_code_and_stores_nothing(
    home: Path, smtp: SmtpPeer, code: str, kind: type[Exception]
) -> None:
    smtp.fail(code)
    with pytest.raises(kind, match=code):
        live(home, smtp).perform("send", REQUEST, KEY)
    assert smtp.stored == []


def test_if_one_recipient_is_refused_nobody_gets_the_mail(home: Path, smtp: SmtpPeer) -> None:
    request = REQUEST | {"to": ["mira@kaffeekontor.example", "nobody-here@kaffeekontor.example"]}
    with pytest.raises(HardFailure, match="nobody-here"):
        live(home, smtp).perform("send", request, KEY)
    assert smtp.stored == []


def test_a_greylisted_mail_is_tried_again_later_and_arrives_once(
    database: Database, clock: ManualClock, home: Path, smtp: SmtpPeer
) -> None:
    log, connector = open_log(database, clock), live(home, smtp)
    executor = open_executor(log, connector)
    approve(log, connector, "send", REQUEST, KEY, "lead-0001")
    smtp.fail("451", times=2)
    for wait in (15, 60):
        assert executor.carry_out(KEY).state == "approved"
        clock.advance(seconds=wait)
    assert executor.carry_out(KEY).state == "succeeded" and len(smtp.stored) == 1


def test_a_mail_that_is_too_large_for_the_server_is_refused_before_it_is_handed_over(home: Path) -> None:
    peer = SmtpPeer(largest=2000).start()
    try:
        with pytest.raises(BusinessFailure, match="552") as refused:
            live(home, peer).perform("send", REQUEST | {"text": "x" * 3000}, KEY)
        assert "too large" in refused.value.remedy and peer.attempts == 0
        assert live(home, peer).perform("send", REQUEST, KEY)
    finally:
        peer.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that nobody has signed, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    about = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-days", "2"]
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([*new, *about, "-keyout", str(file), "-out", f"{file}.crt"], check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.mark.parametrize(
    ("tls", "url"), [("always", "smtps://127.0.0.1:{}"), ("starttls", "smtp://127.0.0.1:{}?starttls=1")]
)
def test_mail_goes_over_tls_to_a_server_that_is_who_it_says_and_to_no_other(
    home: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch, tls: str, url: str
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    peer = SmtpPeer(tls=tls, certificate=context).start()
    given = settings(home, aios_smtp_url=SecretStr(url.format(peer.port)))
    connector = SmtpMail(given, ManualClock(), timeout=30.0)
    try:
        with pytest.raises(HardFailure, match="certificate"):
            connector.perform("send", REQUEST, KEY)
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
        assert connector.check().state == "ok"
        assert connector.perform("send", REQUEST, KEY) and len(peer.stored) == 1
        if tls == "starttls":
            with pytest.raises(CredentialRefused, match="530") as refused:
                live(home, peer).perform("send", REQUEST, "plain")
            assert "starttls=1" in refused.value.remedy
    finally:
        peer.stop()


@pytest.mark.parametrize("fault", ["lost", "hangup", "slow"])
def test_silence_after_the_text_is_an_unknown_outcome(home: Path, smtp: SmtpPeer, fault: str) -> None:
    smtp.fail(fault)
    connector = SmtpMail(
        settings(home, aios_smtp_url=SecretStr(smtp.url)), ManualClock(), timeout=2.0 if fault == "slow" else 30.0
    )
    with pytest.raises(OutcomeUnknown):
        connector.perform("send", REQUEST, KEY)
    assert len(smtp.stored) == (0 if fault == "hangup" else 1)
    assert isinstance(connector.look_up("send", REQUEST, KEY), CannotTell)


def test_a_server_that_is_not_there_is_a_soft_failure_and_shown_by_health(home: Path) -> None:
    nowhere = settings(home, aios_smtp_url=SecretStr(f"smtp://127.0.0.1:{free_port()}"))
    connector = SmtpMail(nowhere, ManualClock())
    with pytest.raises(SoftFailure):
        connector.perform("send", REQUEST, KEY)
    assert connector.check().state == "down"


def test_without_a_server_live_mail_names_the_setting(home: Path) -> None:
    connector = SmtpMail(settings(home), ManualClock())
    with pytest.raises(HardFailure, match="AIOS_SMTP_URL"):
        connector.perform("send", REQUEST, KEY)
    assert connector.check().state == "off"


def test_an_address_with_special_letters_is_sent_as_such(home: Path, smtp: SmtpPeer) -> None:
    live(home, smtp).perform("send", REQUEST | {"to": ["jürgen@bücher.example"]}, KEY)
    assert smtp.stored[0].recipients == ("jürgen@xn--bcher-kva.example",)


# --- looking it up -----------------------------------------------------------------------------------------------


def with_imap(imap: ImapPeer, **more: Any) -> dict[str, Any]:
    return {"aios_imap_url": SecretStr(imap.url), "aios_imap_sent": "Sent", **more}


def test_after_a_lost_answer_the_sent_folder_proves_that_the_mail_went_out(home: Path, imap: ImapPeer) -> None:
    smtp = SmtpPeer(on_stored=lambda raw: imap.deliver(raw, "Sent")).start()
    connector = live(home, smtp, **with_imap(imap, aios_smtp_files_sent=True))
    try:
        assert isinstance(connector.look_up("send", REQUEST, "lost/1"), Absent)
        smtp.fail("lost")
        with pytest.raises(OutcomeUnknown):
            connector.perform("send", REQUEST, "lost/1")
        found = connector.look_up("send", REQUEST, "lost/1")
        assert isinstance(found, Found)
        assert smtp.count(found.receipt["message_id"]) == 1
    finally:
        smtp.stop()


def test_a_mail_that_is_not_in_sent_proves_nothing_where_the_server_does_not_file_it(
    home: Path, smtp: SmtpPeer, imap: ImapPeer
) -> None:
    connector = live(home, smtp, **with_imap(imap))
    smtp.fail("lost")
    with pytest.raises(OutcomeUnknown):
        connector.perform("send", REQUEST, "lost/2")
    assert isinstance(connector.look_up("send", REQUEST, "lost/2"), CannotTell)


def test_a_refused_password_of_the_sent_folder_is_said_as_such_and_proves_nothing(
    home: Path, smtp: SmtpPeer, imap: ImapPeer
) -> None:
    wrong = SecretStr(imap.url.replace("secret", "wrong"))
    connector = live(home, smtp, aios_imap_url=wrong, aios_imap_sent="Sent", aios_smtp_files_sent=True)
    with pytest.raises(CredentialRefused, match="sign in"):
        connector.look_up("send", REQUEST, "lost/3")


def test_where_the_server_does_not_file_sent_mail_we_do(home: Path, smtp: SmtpPeer, imap: ImapPeer) -> None:
    connector = live(home, smtp, **with_imap(imap))
    receipt = connector.perform("send", REQUEST, "filed/1")
    assert receipt["folder"] == "Sent"
    assert connector.look_up("send", REQUEST, "filed/1") == Found(
        {"message_id": receipt["message_id"], "to": ["mira@kaffeekontor.example"], "folder": "Sent"}
    )


def test_a_copy_that_cannot_be_filed_does_not_make_a_sent_mail_fail(home: Path, smtp: SmtpPeer) -> None:
    gone = SecretStr(f"imap://owner:secret@127.0.0.1:{free_port()}")
    connector = live(home, smtp, aios_imap_url=gone, aios_imap_sent="Sent")
    assert "not_filed" in connector.perform("send", REQUEST, KEY)
    with pytest.raises(SoftFailure):
        connector.look_up("send", REQUEST, KEY)
