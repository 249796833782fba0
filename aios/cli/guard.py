"""The guard: a small process that outlives a killed `aios up` just long enough to end what it left running.

It is run as a script. On its standard input the supervisor says `+PGID` when it starts a process group and `-PGID`
when that has ended. When the input closes, for whatever reason, every group still known is ended, and with it the
runs that the code server started.
"""

import contextlib
import os
import signal
import sys
import time

GRACE = 4.0
"""Seconds between asking the groups to end and killing them."""


def main() -> None:
    """Follow the supervisor's lines, then clean up behind it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line[0] == "+" else groups.discard
        change(int(line[1:]))
    if not groups:
        return
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(_exists(group) for group in groups):
        time.sleep(0.1)
    _signal(groups, signal.SIGKILL)


def _signal(groups: set[int], number: int) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
