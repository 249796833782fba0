"""A real CalDAV and CardDAV server (Radicale) on loopback, with one calendar and one address book."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.ports import free_port, listening
from tests.waiting import until

CALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<resourcetype><collection/><C:calendar/></resourcetype></prop></set></mkcol>"""


@dataclass
class Radicale:
    """The server, whose files are under `folder`; anybody may sign in as `lena`, or with a `password`, who knows it."""

    folder: Path
    password: str = ""
    port: int = field(default_factory=free_port)

    def start(self) -> "Radicale":
        """Listen on loopback, and make an empty calendar."""
        command = [
            sys.executable, "-m", "radicale", "--config", "",
            "--storage-filesystem-folder", str(self.folder), "--hosts", f"127.0.0.1:{self.port}",
            *self._sign_in(), "--logging-level", "warning",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until(lambda: listening(self.port), what="Radicale")
        made = httpx.request(
            "MKCOL", self.address, content=CALENDAR, auth=("lena", self.password or "secret"), trust_env=False
        )
        assert made.status_code in (201, 405), made.text
        return self

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(10)

    def _sign_in(self) -> list[str]:
        if not self.password:
            return ["--auth-type", "none"]
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "users"
        file.write_text(f"lena:{self.password}\n")
        return ["--auth-type", "htpasswd", "--auth-htpasswd-filename", str(file), "--auth-htpasswd-encryption", "plain"]

    @property
    def address(self) -> str:
        """The calendar's address, without a password."""
        return f"http://127.0.0.1:{self.port}/lena/calendar/"

    @property
    def url(self) -> str:
        """For AIOS_CALDAV_URL."""
        return self.address.replace("http://", "http://lena:secret@")

    def appointments(self) -> dict[str, str]:
        """What it holds: the text of each appointment by its file's name."""
        held = self.folder.glob("collection-root/lena/calendar/*.ics")
        return {file.name: file.read_text("utf-8") for file in held}
