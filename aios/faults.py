"""Fault points: where a test may kill this process, to prove that nothing is lost or done twice.

`AIOS_FAULT=commit:7` kills with SIGKILL at the seventh time the point `commit` is reached; unset, a point costs one
dictionary look-up. Only tests set it.
"""

import os
import signal
from collections import Counter

_reached: Counter[str] = Counter()


def reach(point: str) -> None:
    """Say that the named point is reached; dies here if the environment asks for it."""
    wanted = os.environ.get("AIOS_FAULT")
    if wanted is None:
        return
    name, _, count = wanted.partition(":")
    if name == point:
        _reached[point] += 1
        if _reached[point] == int(count or 1):
            os.kill(os.getpid(), signal.SIGKILL)
