"""Ports: find a free one, refuse a busy one with its remedy, and ask a program over HTTP or TCP if it is up."""

import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from aios.errors import Misconfigured

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(port: int, what: str, variable: str, host: str = LOOPBACK) -> None:
    """Raise `Misconfigured` where another program holds the port."""
    if not is_free(port, host):
        raise Misconfigured(
            f"Port {port} on {host}, which {what} needs, is in use by another program.",
            f"End that program, or choose another port with {variable}.",
        )


def accepts(port: int) -> Callable[[], bool]:
    """A check whether something on loopback accepts connections there."""

    def check() -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex((LOOPBACK, port)) == 0

    return check


def accepts_in(folder: Path, name: str) -> Callable[[], bool]:
    """A check whether a socket of that name in the folder accepts connections (Linux; the path may have any length)."""

    def check() -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(0.5)
            opened = os.open(folder, os.O_RDONLY)
            try:
                return probe.connect_ex(f"/proc/self/fd/{opened}/{name}") == 0
            finally:
                os.close(opened)

    return check


def answers(url: str) -> Callable[[], bool]:
    """A check whether a GET there is answered with anything below 500."""

    def check() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # always http to loopback, made by us
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    return check
