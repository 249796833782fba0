"""Where the keeper listens: a socket in the Dagster home, reachable by nobody but its owner."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOCKET = "warm.sock"


class Unavailable(Exception):
    """No warm process can take the run; the message says why."""


@contextmanager
def address(home: Path) -> Iterator[str]:
    """The socket's address while the context lasts. It goes by the folder's descriptor: paths may be 107 bytes only."""
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)


def listen(home: Path) -> socket.socket:
    """A listening socket for the owner of the home alone."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with address(home) as where:
        listener.bind(where)
    os.chmod(home / SOCKET, 0o600)
    listener.listen()
    return listener


@contextmanager
def connect(home: Path, timeout: float) -> Iterator["Line"]:
    """A line to the keeper of that home. Raises `Unavailable` where none listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            with address(home) as where:
                connection.connect(where)
        except OSError as error:
            raise Unavailable(f"no keeper of warm processes answers ({error.strerror or error})") from None
        yield Line(connection)


class Line:
    """Questions and answers, one JSON object per line each."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._answers = connection.makefile("rb")

    def ask(self, **question: Any) -> Mapping[str, Any]:
        """The keeper's answer. Raises `Unavailable` with its reason, or where the line broke."""
        try:
            self._connection.sendall(encode(question))
            answer = self._answers.readline()
        except OSError as error:
            raise Unavailable(f"the keeper of warm processes did not answer ({error.strerror or error})") from None
        if not answer:
            raise Unavailable("the keeper of warm processes has ended")
        said: dict[str, Any] = json.loads(answer)
        if "error" in said:
            raise Unavailable(str(said["error"]))
        return said


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as one line."""
    return json.dumps(message).encode() + b"\n"
