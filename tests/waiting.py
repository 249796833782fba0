"""Wait for a condition instead of sleeping for a guess."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], timeout: float = 60.0, every: float = 0.02, what: str = "") -> T:
    """The first truthy value of `condition`; fails with `what` was waited for when `timeout` seconds have passed."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {timeout:g} s for {what or condition!r}; last value: {value!r}")
        time.sleep(every)
    return value
