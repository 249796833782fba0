"""Credentials come from one place, are private to their owner, and a new one is in force at once."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from typer.testing import Result

from aios.cli.credentials import app as family
from aios.cli.doctor import examine
from aios.clock import ManualClock
from aios.connectors.mail.smtp import SmtpMail
from aios.credentials.check import findings
from aios.credentials.credentials import Credentials
from aios.credentials.file import CredentialsFile
from aios.credentials.names import names
from aios.errors import CredentialMissing, CredentialRefused, InvalidInput, NotFound
from aios.settings import Settings, load_settings
from tests.commands import here
from tests.peers.smtp import SmtpPeer

SMTP = "AIOS_SMTP_URL"


def credentials(home: Path, **settings: Any) -> Credentials:
    return Credentials(Settings(aios_home=home, **settings))


def private(file: Path, text: str, mode: int = 0o600) -> Path:
    file.write_text(text, "utf-8")
    file.chmod(mode)
    return file


def value(found: SecretStr | None) -> str:
    return found.get_secret_value() if found else ""


@pytest.fixture
def identity() -> str:
    import pyrage

    return str(pyrage.x25519.Identity.generate())


# --- where they stand ---------------------------------------------------------------------------------------------


def test_the_environment_goes_before_the_file_and_the_file_before_nothing(home: Path) -> None:
    private(home / "credentials", 'AIOS_SMTP_URL = "smtp://file"\nAIOS_IMAP_URL = "imap://file"\n')
    given = credentials(home, aios_smtp_url=SecretStr("smtp://environment"))
    assert value(given.find(SMTP)) == "smtp://environment" and given.origin(SMTP) == "settings"
    assert value(given.find("AIOS_IMAP_URL")) == "imap://file" and given.origin("AIOS_IMAP_URL") == "file"
    assert given.find("OPENAI_API_KEY") is None and not given.has("OPENAI_API_KEY")
    with pytest.raises(CredentialMissing, match="aios credentials set OPENAI_API_KEY"):
        given.require("OPENAI_API_KEY")
    with pytest.raises(NotFound):
        given.find("AIOS_MODE")


def test_every_secret_setting_is_a_credential_but_those_that_must_be_known_before(home: Path) -> None:
    secret = {"AIOS_SMTP_URL", "AIOS_IMAP_URL", "AIOS_CALDAV_URL", "AIOS_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET"}
    assert {*secret, "OPENAI_API_KEY", "AIOS_PASSWORD"} <= set(names())
    assert not {"AIOS_DATABASE_URL", "AIOS_AGE_IDENTITY"} & set(names())


def test_a_value_may_stand_in_a_file_of_its_own(home: Path, tmp_path: Path) -> None:
    secret = private(tmp_path / "smtp", "smtp://one\n")
    given = credentials(home, aios_smtp_url=SecretStr(f"file:{secret}"))
    assert value(given.find(SMTP)) == "smtp://one"
    private(secret, "smtp://another\n")
    assert value(given.find(SMTP)) == "smtp://another"
    secret.unlink()
    with pytest.raises(CredentialMissing, match="not there"):
        given.find(SMTP)


def test_aios_credentials_names_the_file_also_in_the_toml(home: Path, tmp_path: Path) -> None:
    elsewhere = private(tmp_path / "secrets", 'aios_smtp_url = "smtp://elsewhere"\n')
    (home / "aios.toml").write_text(f'AIOS_CREDENTIALS = "{elsewhere}"\n')
    assert value(Credentials(load_settings({"AIOS_HOME": str(home)})).find(SMTP)) == "smtp://elsewhere"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_can_read_or_write_is_refused_with_the_remedy(home: Path, mode: int) -> None:
    private(home / "credentials", 'AIOS_SMTP_URL = "smtp://file"\n', mode)
    given = credentials(home)
    with pytest.raises(CredentialMissing) as refused:
        given.find(SMTP)
    assert f"chmod 600 {home / 'credentials'}" in refused.value.remedy
    (home / "credentials").chmod(0o600)
    assert value(given.find(SMTP)) == "smtp://file"
    (home / "credentials").chmod(mode)
    with pytest.raises(CredentialMissing):
        given.find(SMTP)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(home: Path) -> None:
    os.chown(private(home / "credentials", ""), 65534, 65534)
    with pytest.raises(CredentialMissing, match="another user"):
        credentials(home).find(SMTP)


def test_what_is_no_file_or_no_toml_is_refused_without_quoting_it(home: Path) -> None:
    place = home / "credentials"
    os.mkfifo(place, 0o600)
    with pytest.raises(CredentialMissing, match="no file"):
        credentials(home).find(SMTP)
    place.unlink()
    for wrong in ("AIOS_SMTP_URL = hunter2hunter2", "hunter2hunter2", 'A = ["hunter2hunter2"]', '[hunter2hunter2"'):
        private(place, wrong)
        with pytest.raises(CredentialMissing) as refused:
            credentials(home).find(SMTP)
        assert "hunter2" not in str(refused.value) and "NAME" in refused.value.remedy
    place.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CredentialMissing, match="UTF-8"):
        credentials(home).find(SMTP)


# --- age ----------------------------------------------------------------------------------------------------------


def test_an_encrypted_file_opens_with_the_identity_and_with_no_other(home: Path, tmp_path: Path, identity: str) -> None:
    import pyrage

    key_file = private(tmp_path / "key.txt", f"# created: 2026-11-02\n# public key: age1…\n{identity}\n")
    for said in (identity, str(key_file)):
        given = credentials(home, aios_age_identity=SecretStr(said))
        given.file.change(SMTP, "smtp://me:hunter2hunter2@host")
        assert value(credentials(home, aios_age_identity=SecretStr(said)).find(SMTP)).endswith("@host")
        assert b"hunter2" not in (home / "credentials").read_bytes()
    other = SecretStr(str(pyrage.x25519.Identity.generate()))
    for wrong in (None, other, SecretStr("nothing"), SecretStr("AGE-SECRET-KEY-1NO")):
        with pytest.raises(CredentialMissing) as refused:
            credentials(home, aios_age_identity=wrong).find(SMTP)
        assert "AIOS_AGE_IDENTITY" in refused.value.remedy
    key_file.chmod(0o644)
    with pytest.raises(CredentialMissing, match="read by others"):
        credentials(home, aios_age_identity=SecretStr(str(key_file))).find(SMTP)


def test_what_the_age_program_wrote_armored_opens_too(home: Path, identity: str) -> None:
    import pyrage

    public = pyrage.x25519.Identity.from_str(identity).to_public()
    armored = pyrage.encrypt(b'AIOS_SMTP_URL = "smtp://armored"', [public], armored=True)
    (home / "credentials").write_bytes(armored)
    (home / "credentials").chmod(0o600)
    assert value(credentials(home, aios_age_identity=SecretStr(identity)).find(SMTP)) == "smtp://armored"


def test_with_an_identity_a_plain_file_becomes_an_encrypted_one_at_the_next_change(home: Path, identity: str) -> None:
    private(home / "credentials", 'AIOS_SMTP_URL = "hunter2hunter2"\n')
    given = credentials(home, aios_age_identity=SecretStr(identity))
    given.file.change("AIOS_IMAP_URL", "other")
    assert given.file.is_sealed and value(given.find(SMTP)) == "hunter2hunter2"


# --- changing them ------------------------------------------------------------------------------------------------


@given(value=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.strip).filter(bool))
def test_any_value_comes_back_as_it_was_set(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    file = CredentialsFile(tmp_path_factory.mktemp("any") / "credentials")
    file.change("A", "first")
    file.change("B", value)
    assert file.read() == {"A": "first", "B": value}


def test_a_change_leaves_comments_and_everything_else_and_the_file_private(home: Path) -> None:
    text = '# mine\nAIOS_IMAP_URL = """\nimap://x"""\naios_smtp_url = "old" # from May\n'
    place = private(home / "credentials", text)
    file = CredentialsFile(place)
    assert file.change(SMTP, "new") and not file.change(SMTP, "new")
    assert place.read_text().startswith("# mine\n") and "May" not in place.read_text()
    assert file.read() == {"AIOS_IMAP_URL": "imap://x", SMTP: "new"}
    assert file.change(SMTP, None) and file.read() == {"AIOS_IMAP_URL": "imap://x"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_two_changes_at_once_are_both_kept_and_a_killed_one_leaves_the_old_file(home: Path) -> None:
    place = home / "credentials"
    (home / ".credentials.x1.part").write_text("half")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: CredentialsFile(place).change(f"NAME_{n}", str(n)), range(20)))
    assert len(CredentialsFile(place).read()) == 20
    assert not list(home.glob(".credentials.*.part"))


def test_a_link_stays_a_link_and_what_it_names_is_changed(home: Path, tmp_path: Path) -> None:
    real = private(tmp_path / "real", "")
    (home / "credentials").symlink_to(real)
    CredentialsFile(home / "credentials").change("A", "1")
    assert (home / "credentials").is_symlink() and 'A = "1"' in real.read_text()


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_sets_lists_checks_and_removes_and_shows_no_value(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str, said: str = "", **more: str) -> Result:
        return here(family, home, monkeypatch, *words, said=said, **more)

    done = run("set", SMTP, said="smtp://me:hunter2hunter2@host\n")
    assert done.exit_code == 0 and "Test it: aios connectors test mail" in done.output
    assert stat.S_IMODE((home / "credentials").stat().st_mode) == 0o600
    shown = run("list", "--json", AIOS_IMAP_URL="imap://me:hunter3hunter3@host")
    assert str(home / "credentials") in shown.output and '"environment"' in shown.output
    assert "goes first" in run("set", SMTP, said="smtp://other", AIOS_SMTP_URL="smtp://mine").output
    assert run("check").exit_code == 0
    (home / "credentials").chmod(0o644)
    refused = run("check")
    assert refused.exit_code == 1 and "chmod 600" in refused.output
    (home / "credentials").chmod(0o600)
    assert run("remove", SMTP).exit_code == 0 and "was not" in run("remove", SMTP).output
    for wrong in (["set", "AIOS_MODE"], ["set", "AIOS_DATABASE_URL"]):
        assert isinstance(run(*wrong, said="x").exception, NotFound)
    for nothing in ("", "a\nb"):
        assert isinstance(run("set", SMTP, said=nothing).exception, InvalidInput)
    assert run("set", SMTP, "smtp://on-the-command-line").exit_code == 2
    assert "hunter" not in done.output + shown.output + refused.output


def test_the_doctor_names_a_toml_with_secrets_that_others_can_read(home: Path) -> None:
    private(home / "aios.toml", 'AIOS_SMTP_URL = "smtp://x"\n', 0o644)
    [found] = findings(credentials(home))
    assert (found.name, found.remedy) == ("aios.toml", f"chmod 600 {home / 'aios.toml'}")
    said = next(one for one in examine(Settings(aios_home=home)) if one.name == "credentials")
    assert said.state == "degraded" and "Others can read AIOS_SMTP_URL in it." in said.detail


# --- in force at once ---------------------------------------------------------------------------------------------


@pytest.fixture
def smtp() -> Iterator[SmtpPeer]:
    peer = SmtpPeer(password="right one").start()
    yield peer
    peer.stop()


def test_a_connector_signs_in_with_the_new_password_at_once(home: Path, smtp: SmtpPeer) -> None:
    address = f"smtp://me:%s@127.0.0.1:{smtp.port}"
    mail = SmtpMail(Settings(aios_home=home, aios_owner_email="me@x.example"), ManualClock(), timeout=30)
    request = {"to": ["a@b.example"], "subject": "Hi", "text": "Hello"}
    assert mail.check().state == "off"
    with pytest.raises(CredentialMissing, match=SMTP):
        mail.perform("send", request, "k")
    mail.credentials.file.change(SMTP, address % "wrong%20one")
    with pytest.raises(CredentialRefused, match="535"):
        mail.perform("send", request, "k")
    mail.credentials.file.change(SMTP, address % "right%20one")
    assert mail.perform("send", request, "k")["answer"].startswith("250") and mail.check().state == "ok"
    smtp.password = "changed by the provider"
    assert mail.check().state == "down"


def test_an_address_that_is_none_is_never_quoted(home: Path) -> None:
    for wrong in ("smtp://me:hunter2hunter2@[host", "smtp://me:hunter2hunter2@host:port", "hunter2hunter2",
                  "smtp://me:hunter2hunter2\u2100@host", "http://me:hunter2hunter2@host"):  # fmt: skip
        mail = SmtpMail(Settings(aios_home=home, aios_smtp_url=SecretStr(wrong)), ManualClock())
        health = mail.check()
        assert health.state == "down" and "hunter2" not in health.detail + health.remedy
