"""A real IMAP server (Debian's dovecot) on a Maildir in a temporary directory, run without privileges."""

import mailbox
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_port, listening
from tests.waiting import until

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{directory}/mail
mail_fsync = never
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={directory}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
"""


class DovecotMissing(Exception):
    """There is no dovecot to start here; the message says why."""


@dataclass
class ImapPeer:
    """The running server; any user may sign in with the password `secret`."""

    process: subprocess.Popen[bytes]
    directory: Path
    port: int
    uid: int
    gid: int

    @property
    def url(self) -> str:
        """For AIOS_IMAP_URL."""
        return f"imap://owner:secret@127.0.0.1:{self.port}"

    def deliver(self, raw: bytes, folder: str = "") -> None:
        """Put a mail into INBOX, or into another folder."""
        path = self._path(folder)
        for part in ("", "tmp", "new", "cur"):
            (path / part).mkdir(exist_ok=True)
            os.chown(path / part, self.uid, self.gid)
        key = mailbox.Maildir(path).add(raw)
        os.chown(path / "new" / key, self.uid, self.gid)

    def count(self, folder: str = "") -> int:
        """How many mails are in a folder."""
        path = self._path(folder)
        return sum(1 for part in ("new", "cur") for _ in (path / part).glob("*"))

    def renumber(self) -> None:
        """Give INBOX another UIDVALIDITY, as a server does that was restored from a backup."""
        inbox = self._path("")
        for index in inbox.glob("dovecot.index*"):
            index.unlink()
        listed = inbox / "dovecot-uidlist"
        listed.write_text(re.sub(r"\bV\d+", "V77777", listed.read_text(), count=1))

    def refusals(self) -> int:
        """How many times somebody was refused to sign in."""
        return (self.directory / "log").read_text("utf-8", "replace").count("auth failed")

    def _path(self, folder: str) -> Path:
        return self.directory / "mail" / (f".{folder}" if folder else "")

    def stop(self) -> None:
        """End the server and remove its files."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def start_dovecot(more: str = "") -> ImapPeer:
    """Start it on a free port, with `more` in its configuration; raises `DovecotMissing` where it can't be done."""
    binary = shutil.which("dovecot") or next((path for path in ("/usr/sbin/dovecot",) if Path(path).exists()), None)
    if binary is None:
        raise DovecotMissing("dovecot is not installed (Debian: apt-get install dovecot-imapd)")
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    directory, port = Path(tempfile.mkdtemp(prefix="aios-imap-")), free_port()
    for part in ("run", "state", "home", "mail"):
        (directory / part).mkdir()
    group = _group(account.pw_gid)
    names: dict[str, Any] = {"user": account.pw_name, "group": group, "uid": account.pw_uid, "gid": account.pw_gid}
    file = directory / "dovecot.conf"
    file.write_text(CONFIGURATION.format(directory=directory, port=port, **names) + more)
    for each in (directory, *directory.iterdir()):
        os.chown(each, account.pw_uid, account.pw_gid)
    as_account: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}
    with (directory / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [binary, "-F", "-c", str(file)],
            cwd=directory,
            stdout=errors,
            stderr=errors,
            **(as_account if os.geteuid() == 0 else {}),
        )
    peer = ImapPeer(process, directory, port, account.pw_uid, account.pw_gid)
    until(lambda: process.poll() is not None or listening(port), what="dovecot to listen")
    if process.poll() is not None:
        said = (directory / "errors").read_text("utf-8", "replace")[-300:]
        shutil.rmtree(directory, ignore_errors=True)
        raise DovecotMissing(f"dovecot ended: {said}")
    return peer


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name
