"""`download`: one large file from the web, gone on with where it broke off, and taken only if it is the right one."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from aios.errors import HardFailure, Misconfigured, SoftFailure

if TYPE_CHECKING:
    import httpx

Say = Callable[[str], None]

LARGEST = 1_000_000_000
"""Bytes: what claims to be larger is not what anybody asked for."""

PIECE = 1 << 20
STEPS = 10
"""How often progress is told on the way."""

_OK, _PARTIAL, _BEYOND = 200, 206, 416


def download(url: str, file: Path, sha256: str, say: Say) -> None:
    """Fetch what is at the URL into the file, which exists only once it is whole and has that digest.

    What has come stays in a `.part` beside it: the next call goes on there. `SoftFailure` where the connection breaks
    or the disk is full, `HardFailure` where the other side refuses or it is another file.
    """
    part = file.with_name(f"{file.name}.part")
    begun = part.exists()
    _receive(url, part, say)
    found = digest_of(part)
    if found != sha256 and begun:  # what was there may have come from elsewhere
        part.unlink()
        _receive(url, part, say)
        found = digest_of(part)
    if found != sha256:
        part.unlink()
        raise wrong_file(url, found)
    part.replace(file)


def digest_of(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def wrong_file(place: str, found: str) -> HardFailure:
    """That what came from a place is not what was expected."""
    return HardFailure(
        f"What is at {place} is not the file that was expected: its SHA-256 is {found}.",
        "Fetch it again, from another place with --from, or name the digest that you trust with --sha256.",
    )


def _receive(url: str, part: Path, say: Say) -> None:
    import httpx

    held = part.stat().st_size if part.exists() else 0
    timeout = httpx.Timeout(30.0, connect=10.0)
    try:
        with httpx.stream(
            "GET",
            url,
            headers={"Range": f"bytes={held}-", "Accept-Encoding": "identity"},
            timeout=timeout,
            follow_redirects=True,
        ) as response:
            _store(response, part, held, say)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Misconfigured(
            f"{url} is no address of a file ({error}).", "Give one that begins with https://."
        ) from None
    except httpx.HTTPError as error:
        came = part.stat().st_size if part.exists() else 0
        raise SoftFailure(
            f"{url} cannot be read to its end ({type(error).__name__}); {_size(came)} are here.",
            "Run it again: it goes on from there. Behind a wall, name a file or a mirror with --from.",
        ) from None
    except OSError as error:
        raise SoftFailure(f"{part} cannot be written ({error.strerror}).", "Make room and run it again.") from None


def _store(response: "httpx.Response", part: Path, held: int, say: Say) -> None:
    if response.status_code == _BEYOND:  # all of it is here; whether it is right, its digest says
        return
    if response.status_code not in (_OK, _PARTIAL):
        kind = SoftFailure if response.status_code >= 500 or response.status_code == 429 else HardFailure
        raise kind(f"{response.url} answers {response.status_code}.", "Try again, or name a mirror with --from.")
    start = _start(response) if response.status_code == _PARTIAL else 0
    total = start + int(response.headers.get("Content-Length") or 0)
    if total > LARGEST or start > held:
        raise HardFailure(f"{response.url} offers something else than was asked for.", "Name a mirror with --from.")
    with part.open("r+b" if part.exists() else "w+b") as file:
        file.seek(start)
        file.truncate()
        _write(response, file, start, total, say)
        file.flush()
        os.fsync(file.fileno())


def _write(response: "httpx.Response", file: BinaryIO, done: int, total: int, say: Say) -> None:
    step = max(PIECE, total // STEPS)
    told = done
    for piece in response.iter_bytes():
        done += len(piece)
        if done > LARGEST:
            raise HardFailure(f"{response.url} does not come to an end.", "Name a mirror with --from.")
        file.write(piece)
        if done - told >= step:
            told = done
            say(f"{_size(done)} of {_size(total)}" if total else _size(done))


def _start(response: "httpx.Response") -> int:
    """Where a partial answer begins, as its `Content-Range: bytes 100-199/200` says (RFC 9110, 14.4)."""
    said = response.headers.get("Content-Range", "")
    first = said.removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else LARGEST


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB"
