"""`Peer`: how one operation of a connector is tried at a service of the owner's own, and counted there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aios.chaos.proxy import told_by_http
from aios.chaos.upstream import Upstream
from aios.credentials.account import Account
from aios.settings import Settings

RETRY_AFTER = 7
"""Seconds that are asked for in the name of a service that has had too many requests."""

Answers = Mapping[str, bytes]
"""What is said in the service's name for a fault that is an answer."""

HTTP_ANSWERS: Answers = {
    "busy": told_by_http(429, b"{}", Retry_After=str(RETRY_AFTER)),
    "broken": told_by_http(500, b"{}"),
}

Requests = Mapping[str, dict[str, Any]]
"""What was asked for, by the effect's key."""


@dataclass(frozen=True)
class Peer:
    """`request` is what is asked for, by a word that nobody else uses and a number; `marker` what the client then says.

    `upstream` is where the service is, `through` the settings that lead to it by the proxy's port. `counts` asks the
    service, not the ledger, how many things it has that each key has made. `leaves` is what cannot be taken away again.
    """

    connector: str
    operation: str
    request: Callable[[Settings, str, int], dict[str, Any]]
    marker: bytes
    answers: Answers
    upstream: Callable[[Settings], Upstream]
    through: Callable[[Settings, int], dict[str, Any]]
    counts: Callable[[Settings, Requests], dict[str, int]]
    leaves: str = ""


def led(address: str, scheme: str, port: int) -> str:
    """The address of the same account, by the proxy. To there it goes in clear text, and not off this machine."""
    parts = urlsplit(address)
    who, at, _ = parts.netloc.rpartition("@")
    return parts._replace(scheme=scheme, netloc=f"{who}{at}127.0.0.1:{port}", query="").geturl()


def web_upstream(account: Account) -> Upstream:
    """Where a service over HTTP is."""
    safe = account.scheme == "https"
    port = account.port or (443 if safe else 80)
    return Upstream(account.host, port, "always" if safe else "never", account.place)
