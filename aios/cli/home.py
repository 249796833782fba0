"""`AIOS_HOME`: its folders, its lock, and what it holds on the first day."""

import fcntl
import os
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from aios.errors import Conflict, Misconfigured
from aios.portability.unfinished import require_finished
from aios.settings import Settings
from aios.worker import is_dead, this_worker

FOLDERS = ("inbox", "outbox", "business", "logs", "dagster", "chroma")
LOCK = "up.lock"
LAST_ONE_ENDS_WITHIN = 12.0

CHECKOUT = Path(__file__).resolve().parents[2]
"""Where the project was checked out: it holds the examples and the Dagster instance's file."""


def checkout_file(name: str) -> Path:
    """A file or folder at the top of the checkout; `Misconfigured` where aios was installed without it."""
    path = CHECKOUT / name
    if not path.exists():
        raise Misconfigured(f"{path} is missing.", "Run aios from a checkout of its repository, installed with `make`.")
    return path


def prepare_home(settings: Settings) -> list[str]:
    """Make the folders, with the example business where there is none yet; says what was put there."""
    home = settings.home
    require_finished(home)
    for name in FOLDERS:
        make_folder(home / name)
    if any((home / "business").iterdir()):
        return []
    shutil.copytree(checkout_file("examples/business"), home / "business", dirs_exist_ok=True)
    if not (home / "aios.toml").exists():
        shutil.copyfile(checkout_file("examples/aios.toml"), home / "aios.toml")
    return [f"Example offers, prices and policies are in {home / 'business'}; replace them with your own."]


def make_folder(folder: Path) -> None:
    """Make the folder and those above it; `Misconfigured` where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise Misconfigured(f"{folder} can't be made ({reason}).", "Set AIOS_HOME to a writable folder.") from None


@contextmanager
def only_one(home: Path) -> Generator[int]:
    """Hold the home's lock, so that a second `aios up` on it is refused; yields the lock's file descriptor.

    A supervisor that was killed leaves the lock to its guard for the few seconds that cleaning up takes.
    """
    make_folder(home)
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, home)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, this_worker().encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int, home: Path) -> None:
    deadline = time.monotonic() + LAST_ONE_ENDS_WITHIN
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode()
            if time.monotonic() > deadline or (holder and not is_dead(holder)):
                process = holder.split(":")[1] if holder else "just starting"
                raise Conflict(
                    f"Another `aios up` (process {process}) is running on {home}.",
                    "Use that one, end it, or set AIOS_HOME to another folder.",
                ) from None
        time.sleep(0.2)
