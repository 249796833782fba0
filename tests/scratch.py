"""Where the tests keep their files: in memory where there is room, for a commit on a disk waits for the disk."""

import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
ROOM = 6 * 1024**3
PREFIX = "aios-"
"""Followed by the number of the process; short, for a socket's path has room for a hundred letters."""


def make_scratch() -> Path | None:
    """A folder in memory for every temporary file of this run and its children; None where they stay where they are."""
    if "TMPDIR" in os.environ or not _has_room():
        return None
    _remove_forsaken()
    folder = MEMORY / f"{PREFIX}{os.getpid()}"
    folder.mkdir(0o755)  # the database servers have an account of their own
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def remove_at_exit(folder: Path) -> None:
    """Remove it once everybody in this process has ended, also `multiprocessing`, which keeps a folder in it."""
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=-1000)


def _has_room() -> bool:
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return False
    free = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available)
    return free >= ROOM and not found.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK)


def _remove_forsaken() -> None:
    """Remove what runs left there that are over."""
    for folder in MEMORY.glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX)
        if number.isdecimal() and (int(number) == os.getpid() or not psutil.pid_exists(int(number))):
            shutil.rmtree(folder, ignore_errors=True)
