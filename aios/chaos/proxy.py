"""`Proxy`: stands before a service on loopback, and breaks connections as networks and tired servers do."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from aios.chaos.upstream import Upstream

FAULTS = ("reset", "lost", "black hole", "delay", "drip")

ANSWER = "answer"
"""A fault that comes with what is said: the proxy answers instead of the service."""

DELAY = 0.2
"""Seconds by which an answer is late."""

DRIPS = 8
"""Bytes of an answer that come one by one; the rest comes at once."""


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass
class Proxy:
    """The next time a client says `marker`, the armed fault strikes; with `every`, at the first of so many, over again.

    `reset` breaks the connection in the middle of what the client says; `lost` lets the service have it all and takes
    its answer away; `black hole` lets the service have it and the client wait for ever; `delay` lets the answer come
    late, and `drip` byte by byte, each `gap` seconds after the other. `on_strike` hears of each.
    """

    upstream: Upstream
    marker: bytes
    fault: str = ""
    every: int = 0
    gap: float = 0.1
    on_strike: Callable[[], None] = _nothing
    struck: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _said: bytes = b""
    _calls: int = 0

    def start(self) -> "Proxy":
        """Listen on a free port of loopback."""
        self.loop = asyncio.new_event_loop()
        self._server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and drop what is open."""
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(60)
        self.loop.close()

    def arm(self, fault: str, every: int = 0) -> None:
        """Strike once, or, with `every` (two or more), at the first call of so many."""
        assert fault in FAULTS
        self.struck.clear()
        self.fault, self.every, self._calls = fault, every, 0

    def answer(self, said: bytes, every: int = 0) -> None:
        """Say this instead of the service, which hears nothing of it."""
        self._said = said
        self.struck.clear()
        self.fault, self.every, self._calls = ANSWER, every, 0

    def disarm(self) -> None:
        """Let everything through from now on."""
        self.fault, self.every = "", 0

    async def _end(self) -> None:
        self._server.close()
        mine = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer, greeting = await self.upstream.connect()
        except OSError:
            _reset(writer)  # as the service itself would: nobody answers
            return
        writer.write(greeting)
        trouble: list[str] = []
        back = asyncio.create_task(self._answers(up_reader, writer, trouble))
        try:
            with contextlib.suppress(OSError):
                await self._requests(reader, writer, up_writer, trouble)
                await back
        finally:
            back.cancel()
            _reset(up_writer)
            _reset(writer)

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: asyncio.StreamWriter, trouble: list[str]
    ) -> None:
        said = b""
        while data := self._addressed(await reader.read(65536)):
            said = said[1 - len(self.marker) :] + data
            fault = self._due() if self.marker in said else ""
            if fault == "reset":
                up.write(data[: len(data) // 2])
                self._strike()
                _reset(up)
                _reset(writer)
                return
            if fault == ANSWER:
                await self._answer(reader, writer)
                break
            if fault:
                trouble.append(fault)
            up.write(data)
            await up.drain()
        up.close()

    def _due(self) -> str:
        """The fault of this call; none where it is not its turn."""
        if not self.every:
            fault, self.fault = self.fault, ""
            return fault
        self._calls += 1
        return self.fault if self._calls % self.every == 1 else ""

    def _strike(self) -> None:
        self.struck.set()
        self.on_strike()

    def _addressed(self, data: bytes) -> bytes:
        """What the client says, addressed to the service rather than to this proxy."""
        if not self.upstream.authority:
            return data
        return data.replace(
            f"Host: 127.0.0.1:{self.port}\r\n".encode(), f"Host: {self.upstream.authority}\r\n".encode(), 1
        )

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say it, and hear the client out: what is not read when a connection closes takes the answer with it."""
        self._strike()
        writer.write(self._said)
        await writer.drain()
        while await reader.read(65536):
            pass

    async def _answers(self, up: asyncio.StreamReader, writer: asyncio.StreamWriter, trouble: list[str]) -> None:
        while data := await up.read(65536):
            fault = trouble.pop() if trouble else ""
            if fault:
                self._strike()
            match fault:
                case "lost":
                    _reset(writer)
                    return
                case "black hole":
                    while await up.read(65536):
                        pass
                    break
                case "delay":
                    await asyncio.sleep(DELAY)
                case "drip":
                    data = await self._drip(data, writer)
                case _:
                    pass
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _drip(self, data: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Say the beginning byte by byte; what is left of it is returned."""
        for each in data[:DRIPS]:
            writer.write(bytes([each]))
            await writer.drain()
            await asyncio.sleep(self.gap)
        return data[DRIPS:]


def told_by_http(status: int, body: bytes = b"", **headers: str) -> bytes:
    """An answer of HTTP, for `Proxy.answer`; `Retry_After` is the header Retry-After."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Told So\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{named}\r\n"
    return head.encode() + body


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
