"""What the kernel of Linux does for us: orphans come to the keeper, and nobody outlives their keeper."""

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36

SUPPORTED = sys.platform == "linux"
"""Elsewhere runs are started by Dagster's own launcher."""


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Be killed when this parent ends; returns once it is our parent, and exits where it has ended already."""
    deadline = time.monotonic() + 5
    while os.getppid() != parent and time.monotonic() < deadline:
        time.sleep(0.0005)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def children() -> list[int]:
    """The numbers of this process's children, ended ones that nobody has waited for included."""
    found: list[int] = []
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
            found += [int(number) for number in file.read().split()]
    return found


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def open_files() -> list[str]:
    """What the open descriptors of this process beyond the standard three point to."""
    found: list[str] = []
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                found.append(os.readlink(f"/proc/self/fd/{name}"))
            except FileNotFoundError:
                continue  # the listing's own descriptor
    return found


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")
