"""Host names: which the workspace answers to, and whether it is open to a network.

A page on the internet may point its own name at 127.0.0.1 and let the owner's browser speak to us under that name
(DNS rebinding). We answer to loopback names, to literal addresses, which no name server can hand out, and to the names
in the settings.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from aios.credentials.credentials import Credentials
from aios.errors import Misconfigured
from aios.settings import Settings
from aios.workspace.guard.request import header, refuse

STRANGER = "The workspace does not answer to this host name. Open it as 127.0.0.1, or add the name to AIOS_HOSTNAMES."


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_exposure(settings: Settings) -> None:
    """Refuse to serve a network without a password."""
    if not is_loopback(settings.aios_host) and not Credentials(settings).has("AIOS_PASSWORD"):
        raise Misconfigured(
            f"AIOS_HOST={settings.aios_host} opens the workspace to the network, and no password is set.",
            "Set AIOS_PASSWORD, or use AIOS_HOST=127.0.0.1.",
        )


class HostGuard:
    """Refuses requests that come under a foreign host name; without it, any web page could read the workspace."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.names = {"localhost", settings.aios_host.lower(), *settings.hostnames}
        if not is_loopback(settings.aios_host):
            self.names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is addressed to us."""
        if scope["type"] in ("http", "websocket") and not self.knows(header(scope, b"host")):
            await refuse(scope, receive, send, 421, "Unknown host name", STRANGER)
        else:
            await self.app(scope, receive, send)

    def knows(self, host: str) -> bool:
        """Whether a `Host` header means us."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
        except ValueError:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self.names
        return True
