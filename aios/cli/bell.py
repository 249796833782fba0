"""The bell: lets the supervisor sleep until a signal arrives, the end of one of its parts among them."""

import contextlib
import select
import signal
import socket
from types import FrameType
from typing import Self


class Bell:
    """Rings for each signal that has a handler, and for ended children. One that came before the sleep ends it too."""

    def __init__(self) -> None:
        self._rung, self._rope = socket.socketpair()
        self._rung.setblocking(False)
        self._rope.setblocking(False)

    def __enter__(self) -> Self:
        self._handler = signal.signal(signal.SIGCHLD, _heard)
        self._wakeup = signal.set_wakeup_fd(self._rope.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup)
        signal.signal(signal.SIGCHLD, self._handler)
        self._rung.close()
        self._rope.close()

    def sleep(self, seconds: float) -> None:
        """Until it rings, for so many seconds at most."""
        select.select([self._rung], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            self._rung.recv(4096)


def _heard(_number: int, _frame: FrameType | None) -> None:
    """A signal without a handler of ours would not ring."""
