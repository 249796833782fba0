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

BOOK = CALENDAR.replace("caldav", "carddav").replace("calendar", "addressbook")


@dataclass
class Radicale:
    """The server, whose files are under `folder`; anybody may sign in as `lena`, or with a `password`, who knows it."""

    folder: Path
    password: str = ""
    port: int = field(default_factory=free_port)

    def start(self) -> "Radicale":
        """Listen on loopback, and make an empty calendar and an empty address book."""
        command = [
            sys.executable, "-m", "radicale", "--config", "",
            "--storage-filesystem-folder", str(self.folder), "--hosts", f"127.0.0.1:{self.port}",
            *self._sign_in(), "--logging-level", "warning",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until(lambda: listening(self.port), what="Radicale")
        for address, what in ((self.address, CALENDAR), (self.book, BOOK)):
            made = httpx.request(
                "MKCOL", address, content=what, auth=("lena", self.password or "secret"), trust_env=False
            )
            assert made.status_code in (201, 405), made.text
        return self

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(60)

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
    def book(self) -> str:
        """The address book's address, without a password."""
        return f"http://127.0.0.1:{self.port}/lena/contacts/"

    @property
    def book_url(self) -> str:
        """For AIOS_CARDDAV_URL."""
        return self.book.replace("http://", "http://lena:secret@")

    def cards(self) -> dict[str, str]:
        """The text of each card by its file's name."""
        held = self.folder.glob("collection-root/lena/contacts/*.vcf")
        return {file.name: file.read_text("utf-8") for file in held}

    def write_card(self, file: str, *lines: str) -> None:
        """Write a card as another program of the owner's would; without lines, take it away."""
        text = "\r\n".join(("BEGIN:VCARD", "VERSION:3.0", f"UID:{file}", *lines, "END:VCARD", ""))
        method, body = ("PUT", text.encode()) if lines else ("DELETE", None)
        headers = {"Content-Type": "text/vcard; charset=utf-8"}
        said = httpx.request(
            method, self.book + file, content=body, headers=headers, auth=("lena", "secret"), trust_env=False
        )
        assert said.status_code < 300, said.text

    @property
    def url(self) -> str:
        """For AIOS_CALDAV_URL."""
        return self.address.replace("http://", "http://lena:secret@")

    def appointments(self) -> dict[str, str]:
        """What it holds: the text of each appointment by its file's name."""
        held = self.folder.glob("collection-root/lena/calendar/*.ics")
        return {file.name: file.read_text("utf-8") for file in held}
