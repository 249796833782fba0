"""The bell wakes whoever sleeps on it for a signal and for the end of a child, even one that came just before."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType

import pytest

from aios.cli.bell import Bell

HOUR = 3600.0


@pytest.fixture
def bell() -> Iterator[Bell]:
    with Bell() as bell:
        yield bell


def test_the_end_of_a_child_ends_the_sleep(bell: Bell) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    bell.sleep(HOUR)
    assert child.wait(60) == 0


def test_a_signal_that_came_before_the_sleep_ends_it_once(bell: Bell) -> None:
    heard: list[int] = []

    def hear(number: int, _frame: FrameType | None) -> None:
        heard.append(number)

    before = signal.signal(signal.SIGHUP, hear)
    try:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        bell.sleep(HOUR)
        began = time.monotonic()
        bell.sleep(0.05)
        assert time.monotonic() - began >= 0.05
    finally:
        signal.signal(signal.SIGHUP, before)
    assert heard


def test_afterwards_signals_go_where_they_went() -> None:
    handler = signal.getsignal(signal.SIGCHLD)
    with Bell():
        pass
    assert signal.getsignal(signal.SIGCHLD) is handler
    assert signal.set_wakeup_fd(-1) == -1
