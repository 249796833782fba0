"""`aios chaos --peer` breaks the way to a service of one's own, and counts there what was done."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.chaos.play_at_peer import play_at_peer
from aios.chaos.proxy import Proxy
from aios.chaos.scenario import AT_PEERS, Outcome
from aios.chaos.upstream import Upstream
from aios.cli import main
from aios.errors import InvalidInput, Misconfigured, NotFound
from aios.settings import Settings
from tests.commands import here
from tests.peers.imap import DovecotMissing, start_dovecot
from tests.peers.radicale import Radicale
from tests.peers.smtp import SmtpPeer
from tests.peers.stripe import KEY, StripeMissing, start_localstripe

pytestmark = pytest.mark.timeout(120)

BY_NAME = {each.name: each for each in AT_PEERS}


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    peer = Radicale(tmp_path_factory.mktemp("radicale")).start()
    yield peer
    peer.stop()


def given(home: Path, **more: object) -> Settings:
    own = {"aios_home": home, "aios_owner_email": "lena@nordlicht.example", "aios_connector_timeout": 0.6}
    return Settings.model_validate({**own, **more})


def played(settings: Settings, connector: str, name: str, operations: int = 2) -> tuple[Outcome, list[str]]:
    said: list[str] = []
    [outcome] = play_at_peer(settings, [BY_NAME[name]], connector, operations, said.append)
    return outcome, said


@pytest.mark.parametrize("name", ["lost acknowledgement", "server error", "slow drip", "killed during"])
def test_each_fault_on_the_way_to_a_real_calendar_strikes_and_leaves_one_appointment_each(
    home: Path, radicale: Radicale, name: str
) -> None:
    outcome, said = played(given(home, aios_caldav_url=radicale.url), "calendar", name)
    assert (outcome.outside, outcome.duplicates, outcome.lost, outcome.asked) == (2, 0, 0, 0)
    assert outcome.faults >= 1 and outcome.recovery >= 0
    assert outcome.looked_up > 0 or outcome.retried > 0 or name == "slow drip"
    assert (said, radicale.appointments()) == ([], {}), "what was made is taken away"


def test_mails_are_counted_where_they_arrive(home: Path) -> None:
    try:
        imap = start_dovecot()
    except DovecotMissing as missing:
        pytest.skip(f"IMAP: {missing}")
    smtp = SmtpPeer(on_stored=lambda raw: [imap.deliver(raw, folder) for folder in ("", "Sent")]).start()
    try:
        mail = {"aios_smtp_url": smtp.url, "aios_imap_url": imap.url, "aios_imap_sent": "Sent"}
        outcome, said = played(given(home, **mail, aios_smtp_files_sent=True), "mail", "lost acknowledgement")
        assert (outcome.outside, outcome.duplicates, outcome.asked) == (2, 0, 0) and outcome.looked_up
        assert len(smtp.stored) == 2 and said == ["The mails to your own address stay; delete them by hand."]
        later, _ = played(given(home, **mail, aios_smtp_files_sent=True), "mail", "too many requests")
        assert later.held and later.outside == 2 and later.faults
    finally:
        smtp.stop()
        imap.stop()


def test_customers_in_stripes_test_mode_are_made_once_and_deleted(home: Path) -> None:
    try:
        peer = start_localstripe()
    except StripeMissing as missing:
        pytest.skip(str(missing))
    try:
        account = {"stripe_api_key": KEY, "stripe_api_base": f"http://127.0.0.1:{peer.port}"}
        outcome, _ = played(given(home, **account), "payments", "lost acknowledgement")
        assert (outcome.outside, outcome.duplicates) == (2, 0) and outcome.faults
    finally:
        peer.stop()


def test_a_key_with_which_money_moves_and_an_address_of_nobody_are_refused_before_anything_is_made(home: Path) -> None:
    with pytest.raises(Misconfigured, match="test mode"):
        played(given(home, stripe_api_key="sk_live_real"), "payments", "reset")
    with pytest.raises(Misconfigured, match="your own address"):
        played(given(home, aios_owner_email="owner@example.com"), "mail", "reset")


def test_the_command_asks_before_it_makes_anything_and_shows_what_the_service_counted(
    home: Path, radicale: Radicale, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("chaos", "--peer", "--connector", "calendar", "--scenario", "reset", "--operations", "1", "--json")
    settings = {"AIOS_CALDAV_URL": radicale.url, "AIOS_OWNER_EMAIL": "lena@nordlicht.example"}
    refused = here(main.app, home, monkeypatch, *words, said="n\n", **settings)
    assert refused.exit_code == 1 and f"127.0.0.1:{radicale.port}" in refused.output and not radicale.appointments()
    done = here(main.app, home, monkeypatch, *words, "--yes", **settings)
    [said] = json.loads(done.stdout)
    assert done.exit_code == 0 and (said["outside"], said["held"], said["faults"]) == (1, True, 1)
    assert not (home / "aios.db").exists(), "the owner's own log has nothing of it"


def test_what_cannot_be_tried_so_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, error in ((("--connector", "wordpress"), NotFound), ((), InvalidInput)):
        result = here(main.app, home, monkeypatch, "chaos", "--peer", "--yes", *words)
        assert isinstance(result.exception, error)


def test_a_service_that_is_not_there_looks_the_same_through_the_proxy(home: Path) -> None:
    import socket

    from tests.ports import free_port

    proxy = Proxy(Upstream("127.0.0.1", free_port()), b"PUT ").start()
    try:
        with (
            pytest.raises(ConnectionResetError),  # as it connects, or as it reads: whoever is quicker
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client,
        ):
            client.recv(1)
    finally:
        proxy.stop()
