"""A private file: one that nobody else on the machine can read, read and written as a whole."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from aios.errors import CredentialMissing

LARGEST = 1_000_000
"""Bytes; a file of secrets is far smaller."""

ROOT = 0
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read(path: Path) -> bytes | None:
    """What the file holds, None where there is none; `CredentialMissing` where others could read it, or we cannot."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CredentialMissing(f"{path} cannot be opened: {error.strerror}.", "Give yourself the right to.") from None
    with os.fdopen(descriptor, "rb") as file:
        _must_be_private(path, os.fstat(descriptor))
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise CredentialMissing(f"{path} is far too large for credentials.", "Name the right file.")
    return data


def _must_be_private(path: Path, about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise CredentialMissing(f"{path} is no file.", "Name a file with the credentials.")
    if about.st_uid not in (os.geteuid(), ROOT):
        raise CredentialMissing(f"{path} belongs to another user.", f"Make it yours: chown {os.geteuid()} {path}")
    if about.st_mode & OTHERS:
        raise CredentialMissing(f"{path} can be read by others (mode {about.st_mode & 0o777:o}).", f"chmod 600 {path}")


def mark(path: Path) -> tuple[int, ...]:
    """What changes whenever the file does, be it only its rights; empty where there is none."""
    try:
        about = path.stat()
    except OSError:
        return ()
    return about.st_dev, about.st_ino, about.st_mtime_ns, about.st_ctime_ns, about.st_size


@contextmanager
def alone(path: Path) -> Generator[None]:
    """One process at a time changes the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.parent / f".{path.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write(path: Path, data: bytes) -> None:
    """Put the data in the file's place in one step, readable by us alone; for who is `alone` with it."""
    place = path.resolve()
    for left in place.parent.glob(f".{place.name}.*.part"):  # of a process that was killed
        left.unlink(missing_ok=True)
    try:
        descriptor, draft = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part")  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.replace(draft, place)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(draft)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> CredentialMissing:
    return CredentialMissing(
        f"{path} cannot be written: {error.strerror}.", "Give yourself write access to its folder."
    )
