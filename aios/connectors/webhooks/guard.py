"""Where a webhook may go: over TLS to an address that everybody can reach, or to one that the owner has named.

An address may come from a form or a mail. Unchecked, it could make this machine call what only it can reach: a router,
a database, the cloud's own address for credentials. So the name is looked up here, once, and that address is called.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from aios.errors import HardFailure, SoftFailure

TRANSLATED = ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for an IPv4 address (RFC 6052)."""

PORTS = {"https": 443, "http": 80}
CORRECT = "Correct the address, then approve it again."


@dataclass(frozen=True)
class Target:
    """A place to deliver to. `address` is what the name stood for when it was checked; nothing else is called."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def url(self) -> str:
        """The address to connect to, as a URL."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def checked_target(url: str, allowed: frozenset[str]) -> Target:
    """The target of a URL; `HardFailure` where it may not be called, `SoftFailure` where its name is not known now.

    `allowed` are hosts with ports (`n8n.lan:5678`) that may be private and without TLS.
    """
    parts = _parsed(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS[parts.scheme]
    free = f"{host}:{port}" in allowed
    if parts.scheme != "https" and not free:
        raise HardFailure(f"A webhook to {host} would go unencrypted.", "Use https, or allow it: " + _how(host, port))
    found = _addresses(host, port)
    if not free and (hidden := next((each for each in found if not _is_public(each)), None)):
        message = f"{host} leads to {hidden}, which is no public address."
        raise HardFailure(message, "A webhook may go there only where you allow it: " + _how(host, port))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, str(found[0]), path)


def _parsed(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
        ascii_host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise HardFailure("The webhook's address is none.", CORRECT) from None
    if parts.scheme not in PORTS or not ascii_host or parts.username or parts.password:
        raise HardFailure("The webhook's address is none that can be called.", "Write it as https://host/path")
    return parts._replace(netloc=_netloc(ascii_host, parts.port))


def _netloc(host: str, port: int | None) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"{named}:{port}" if port else named


def _addresses(host: str, port: int) -> list[IPv4Address | IPv6Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SoftFailure(
            f"The name {host} is not known.", "Check the address; it is tried again.", alone=True
        ) from None
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether everybody can reach it; an address that stands for another is as public as that one."""
    if isinstance(address, IPv6Address):
        if inner := address.ipv4_mapped or address.sixtofour:
            return _is_public(inner)
        if address in TRANSLATED:
            return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.teredo or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def _how(host: str, port: int) -> str:
    return f"add {host}:{port} to AIOS_WEBHOOK_PRIVATE."
