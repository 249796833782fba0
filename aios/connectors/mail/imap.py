"""`ImapFolder`: one folder of a mailbox: new mails by UID, a search by message id, filing a copy."""

import imaplib
import re
import select
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from types import TracebackType
from typing import Any, Self, cast

from aios.connectors.mail.server import Server, find_server
from aios.credentials.credentials import Credentials
from aios.errors import CredentialRefused, HardFailure, SoftFailure


@dataclass(frozen=True)
class Fetched:
    """A mail as the server has it. `raw` is its header alone where `size` is over the limit."""

    uid: int
    size: int
    raw: bytes = field(repr=False)
    whole: bool = True


class ImapFolder:
    """A folder, open while the `with` block lasts; nothing in it is marked as read, moved or deleted.

    Raises `SoftFailure` where the server does not answer and `HardFailure` where it refuses.
    """

    def __init__(self, credentials: Credentials, folder: str = "INBOX", timeout: float = 30.0) -> None:
        self.credentials = credentials
        self.folder = folder
        self.timeout = timeout
        self.validity = 0
        self._box: Any = None

    def __enter__(self) -> Self:
        from imap_tools.errors import ImapToolsError

        server = find_server(self.credentials, "AIOS_IMAP_URL")
        try:
            self._box = _mailbox(server, self.timeout)
            self._box.login(server.user, server.password, initial_folder=None)
            self.validity = int(self._box.folder.status(self.folder, ["UIDVALIDITY"])["UIDVALIDITY"])
            self._box.folder.set(self.folder, readonly=True)
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            self._leave()
            raise _fault(error, f"the folder {self.folder}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        from imap_tools.errors import ImapToolsError

        self._leave()
        if isinstance(error, (ImapToolsError, imaplib.IMAP4.error, OSError)):
            raise _fault(error, f"the folder {self.folder}") from error

    def new_mails(self, after_uid: int, since: date | None, max_bytes: int, limit: int = 200) -> Iterator[Fetched]:
        """Mails with a UID above `after_uid`, oldest first, at most `limit`; received on or after `since` if given."""
        for uid in self._uids_after(after_uid, since)[:limit]:
            size = self._size(uid)
            part = "BODY.PEEK[]" if size <= max_bytes else "BODY.PEEK[HEADER]"
            raw = self._fetch(uid, part)
            if raw is not None:
                yield Fetched(uid, size, raw, whole=size <= max_bytes)

    def find_message_id(self, token: str) -> str:
        """The whole message id that contains `token`; empty where no mail of the folder has one."""
        for uid in self._search(f'HEADER Message-ID "{token}"'):
            header = self._fetch(uid, "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]") or b""
            found = re.search(rb"<[^<>\s]*" + re.escape(token.encode()) + rb"[^<>\s]*>", header)
            if found:
                return found.group().decode("ascii", "replace")
        return ""

    def count_message_id(self, token: str) -> int:
        """How many mails of the folder have a message id that contains `token`."""
        return len(self._search(f'HEADER Message-ID "{token}"'))

    def append(self, raw: bytes) -> None:
        """File a mail in the folder, marked as read."""
        from imap_tools.errors import ImapToolsError

        try:
            self._box.append(raw, self.folder, dt=None, flag_set=["\\Seen"])
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            raise _fault(error, f"the folder {self.folder}") from error

    @property
    def offers_idle(self) -> bool:
        """Whether the server can tell of new mail by itself (RFC 2177)."""
        return "IDLE" in self._box.client.capabilities

    def wait(self, ended: socket.socket, seconds: float) -> bool:
        """Wait until something changes in the folder; False where so many seconds passed, or `ended` has something.

        A server may hang up after half an hour of it (RFC 2177), so `seconds` should be less.
        """
        from imap_tools.errors import ImapToolsError

        client = self._box.client
        try:
            self._box.idle.start()
            told = _has_news(client) or _is_pending(client)
            if not told:
                ready, _, _ = select.select([client.sock, ended], [], [], seconds)
                told = client.sock in ready
            self._box.idle.stop()
        except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            raise _fault(error, f"the folder {self.folder}") from error
        return _has_news(client) or told

    def _uids_after(self, after_uid: int, since: date | None) -> list[int]:
        criteria = f"UID {after_uid + 1}:*"
        if since is not None:
            criteria += f" SINCE {since.day}-{MONTHS[since.month - 1]}-{since.year}"
        # `n:*` always holds the newest mail, even where its UID is below n (RFC 3501, 6.4.8).
        return sorted(uid for uid in self._search(criteria) if uid > after_uid)

    def _search(self, criteria: str) -> list[int]:
        return [int(uid) for uid in self._box.uids(criteria, charset=None)]

    def _size(self, uid: int) -> int:
        for item in self._raw(uid, "RFC822.SIZE"):
            text = item if isinstance(item, bytes) else b""
            if found := re.search(rb"RFC822\.SIZE (\d+)", text):
                return int(found.group(1))
        return 0

    def _fetch(self, uid: int, part: str) -> bytes | None:
        pairs = (cast(tuple[bytes, bytes], item) for item in self._raw(uid, part) if isinstance(item, tuple))
        return next((content for _, content in pairs), None)

    def _raw(self, uid: int, part: str) -> list[Any]:
        kind, data = self._box.client.uid("fetch", str(uid), f"({part})")
        if kind != "OK":
            raise SoftFailure(f"The IMAP server refused to show mail {uid}: {kind}.", "It is tried again.")
        return list(data)

    def _leave(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.client.shutdown()


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _has_news(client: Any) -> bool:
    """Whether the server has told of a change beside its answers, since this was last asked."""
    return bool(client.untagged_responses.pop("EXISTS", None))


def _is_pending(client: Any) -> bool:
    """Whether something was read off the wire already that TLS has yet to hand on."""
    return isinstance(client.sock, ssl.SSLSocket) and client.sock.pending() > 0


def _mailbox(server: Server, timeout: float) -> Any:
    from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted

    context = ssl.create_default_context()
    if server.tls == "always":
        return MailBox(server.host, server.port, timeout=timeout, ssl_context=context)
    if server.tls == "starttls":
        return MailBoxStartTls(server.host, server.port, timeout=timeout, ssl_context=context)
    return MailBoxUnencrypted(server.host, server.port, timeout=timeout)


def _fault(error: BaseException, what: str) -> SoftFailure | HardFailure:
    from imap_tools.errors import MailboxFolderSelectError, MailboxFolderStatusError, MailboxLoginError

    if isinstance(error, MailboxLoginError):
        return CredentialRefused("The IMAP server refused to sign in.", "Check user and password in AIOS_IMAP_URL.")
    if isinstance(error, (MailboxFolderSelectError, MailboxFolderStatusError)):
        return HardFailure(f"The IMAP server cannot open {what}.", "Check AIOS_IMAP_SENT and AIOS_IMAP_FOLDER.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return HardFailure(f"The IMAP server shows a wrong certificate: {error}.", "Check the host in AIOS_IMAP_URL.")
    return SoftFailure(f"The IMAP server does not answer: {error}.", "It is tried again later.")
