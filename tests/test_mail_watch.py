"""New mail is taken in as soon as a real IMAP server tells of it, and by polling where it does not."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.chaos.proxy import Proxy
from aios.chaos.upstream import Upstream
from aios.intake.mail_watch import MailWatch
from aios.kernel import Kernel
from resources import daemon
from tests.mails import raw_mail
from tests.peers.imap import DovecotMissing, ImapPeer, start_dovecot
from tests.waiting import until
from tests.workplace import kernel_at

WITHIN = 2.0
"""Seconds in which new mail is there on a busy machine; on a quiet one it is a tenth of one."""


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapPeer]:
    try:
        peer = start_dovecot()
    except DovecotMissing as missing:
        pytest.skip(f"IMAP: {missing}")
    yield peer
    peer.stop()


@pytest.fixture
def watched(home: Path, imap: ImapPeer) -> Iterator[Kernel]:
    kernel = kernel_at(home, aios_imap_url=imap.url)
    yield kernel
    kernel.close()


def message_ids(kernel: Kernel) -> list[str]:
    with kernel.database.read() as connection:
        found = kernel.log.read(connection, types=("lead.received", "message.received"))
    return [getattr(event.payload, "message_id", "") for event in found]


def taken(kernel: Kernel) -> int:
    return len(message_ids(kernel))


def test_new_mail_is_there_at_once_and_waiting_is_renewed_without_missing_any(watched: Kernel, imap: ImapPeer) -> None:
    watch = MailWatch(watched.mailbox, ask_anew=0.3).start()
    try:
        before = until(lambda: watch.waits >= 2 and taken(watched) + 1, what="the waiting to be renewed") - 1
        for number in range(3):
            imap.deliver(raw_mail(f"Lead number {number} wants a website.", message_id=f"<w{number}@b.example>"))
            until(lambda: taken(watched) == before + number + 1, timeout=WITHIN, what="the mail")  # noqa: B023
    finally:
        watch.stop()
    assert not watch.is_running


def test_a_connection_that_drops_is_made_again_and_what_came_meanwhile_is_taken(
    home: Path, imap: ImapPeer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aios.intake.mail_watch")
    proxy = Proxy(Upstream("127.0.0.1", imap.port), b" IDLE\r\n").start()
    kernel = kernel_at(home, aios_imap_url=imap.url.replace(str(imap.port), str(proxy.port)))
    proxy.arm("lost")
    watch = MailWatch(kernel.mailbox, first_pause=0.05).start()
    try:
        assert proxy.struck.wait(10)
        imap.deliver(raw_mail("A lead that came meanwhile wants a site.", message_id="<d1@b.example>"))
        until(lambda: "<d1@b.example>" in message_ids(kernel), timeout=10, what="the mail")
        assert "only polled for a while" in caplog.text
    finally:
        watch.stop()
        kernel.close()
        proxy.stop()
    assert not watch.is_running


def test_the_sensor_daemon_waits_for_mail_and_signs_off_when_it_ends(
    watched: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waiting() -> bool:
        return any(thread.name == "mail watch" for thread in threading.enumerate())

    monkeypatch.setattr(daemon, "kernel_of_process", lambda: watched)
    monkeypatch.setattr(daemon.SensorDaemon, "core_loop", lambda *_: iter([None, None]))
    loop = daemon.WakefulSensorDaemon({}).core_loop(None, threading.Event())  # type: ignore[arg-type]
    next(iter(loop))
    assert waiting()
    loop.close()  # as Dagster does when it is told to end
    assert not waiting()


def test_where_the_server_cannot_wait_or_refuses_us_the_polls_go_on_alone_and_it_ends_when_told(home: Path) -> None:
    try:
        peer = start_dovecot("imap_capability = IMAP4rev1 LITERAL+\n")
    except DovecotMissing as missing:
        pytest.skip(f"IMAP: {missing}")
    kernel = kernel_at(home, aios_imap_url=peer.url)
    watch = MailWatch(kernel.mailbox).start()
    peer.deliver(raw_mail(message_id="<p1@b.example>"))
    assert len(kernel.mailbox.poll()) == 1 and watch.waits == 0 and watch.is_running
    watch.stop()
    assert not watch.is_running
    kernel.close()
    peer.stop()
