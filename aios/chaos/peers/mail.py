"""Mail as a peer: mails to the owner's own address, counted in the mailbox that they arrive in."""

import time
from typing import Any

from aios.chaos.peers.peer import Answers, Peer, Requests, led
from aios.chaos.upstream import Upstream
from aios.connectors.mail.imap import ImapFolder
from aios.connectors.mail.message import message_token
from aios.connectors.mail.server import find_server
from aios.credentials.credentials import Credentials
from aios.errors import Misconfigured
from aios.settings import NOBODY, Settings

SETTING = "AIOS_SMTP_URL"

ARRIVES = 20.0
"""Seconds that a mail may take to arrive."""

ANSWERS: Answers = {
    "busy": b"451 4.7.1 Too many mails, try later\r\n",
    "broken": b"421 4.3.0 The service is not available\r\n",
}


def _request(settings: Settings, word: str, number: int) -> dict[str, Any]:
    text = f"Number {number} of {word}, sent by `aios chaos --peer`. It may be deleted."
    return {"to": [settings.aios_owner_email], "subject": f"Chaos {word}", "text": text}


def _upstream(settings: Settings) -> Upstream:
    if settings.aios_owner_email == NOBODY:
        raise Misconfigured("The mails go to your own address, and there is none.", "Set AIOS_OWNER_EMAIL.")
    credentials = Credentials(settings)
    find_server(credentials, "AIOS_IMAP_URL")  # without a mailbox nobody could count what has arrived
    server = find_server(credentials, SETTING)
    return Upstream(server.host, server.port, server.tls)


def _through(settings: Settings, port: int) -> dict[str, Any]:
    return {SETTING.lower(): led(Credentials(settings).require(SETTING).get_secret_value(), "smtp", port)}


def _counts(settings: Settings, asked: Requests) -> dict[str, int]:
    until = time.monotonic() + ARRIVES
    while True:
        with ImapFolder(Credentials(settings), settings.aios_imap_folder) as folder:
            found = {key: folder.count_message_id(message_token(key)) for key in asked}
        if all(found.values()) or time.monotonic() > until:
            return found
        time.sleep(ARRIVES / 40)


MAIL_PEER = Peer(
    connector="mail",
    operation="send",
    request=_request,
    marker=b"\r\n.\r\n",
    answers=ANSWERS,
    upstream=_upstream,
    through=_through,
    counts=_counts,
    leaves="The mails to your own address stay; delete them by hand.",
)
