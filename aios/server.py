"""The web server: uvicorn, which here sleeps while nobody asks anything."""

import asyncio
import contextlib
import sys
from types import FrameType

import uvicorn

DATE_EVERY = 1.0
"""Seconds between two answers' dates; the only thing to do when nobody asks."""

FAILED_TO_START = 3
"""uvicorn's own exit code for it."""


class Server(uvicorn.Server):
    """Is woken when it is to end. uvicorn's own looks ten times a second whether it is, all day."""

    _loop: asyncio.AbstractEventLoop | None = None
    _asked: asyncio.Event

    async def main_loop(self) -> None:
        """Until asked to end."""
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), DATE_EVERY)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn does on a signal, and at once."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._asked.set)


def serve(config: uvicorn.Config) -> None:
    """Serve until SIGINT or SIGTERM, as `uvicorn.run` does."""
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(FAILED_TO_START)
