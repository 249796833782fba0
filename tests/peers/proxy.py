"""A TCP proxy that breaks connections as networks do: reset, lost answer, delay, black hole."""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field

FAULTS = ("reset", "lost", "black hole", "delay")

ANSWER = "answer"
"""A fault that only `answer` arms: the proxy answers instead of the server."""


@dataclass
class Proxy:
    """Stands before `upstream`. The next connection in which the client says `marker` suffers the armed fault.

    `reset` breaks it in the middle of what the client says; `lost` lets the server have it all and takes its answer
    away; `black hole` lets the server have it and the client wait for ever; `delay` lets the answer come late.
    """

    upstream: int
    marker: bytes
    fault: str = ""
    struck: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _said: bytes = b""

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

    def arm(self, fault: str) -> None:
        """Strike once."""
        assert fault in FAULTS
        self.struck.clear()
        self.fault = fault

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Answer so once, by HTTP, and let the server hear nothing of it."""
        named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} Told So\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{named}\r\n"
        self._said = head.encode() + body
        self.struck.clear()
        self.fault = ANSWER

    async def _end(self) -> None:
        self._server.close()
        mine = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        trouble: list[str] = []
        back = asyncio.create_task(self._answers(up_reader, writer, trouble))
        try:
            with contextlib.suppress(OSError):
                await self._requests(reader, writer, up_writer, trouble)
                await back
        finally:
            _reset(up_writer)
            _reset(writer)

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: asyncio.StreamWriter, trouble: list[str]
    ) -> None:
        said = b""
        while data := await reader.read(65536):
            said = said[-len(self.marker) :] + data
            if self.fault and self.marker in said:
                fault, self.fault = self.fault, ""
                if fault == "reset":
                    up.write(data[: len(data) // 2])
                    self.struck.set()
                    _reset(up)
                    _reset(writer)
                    return
                if fault == ANSWER:
                    await self._answer(reader, writer)
                    break
                trouble.append(fault)
            up.write(data)
            await up.drain()
        up.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say it, and hear the client out: what is not read when a connection closes takes the answer with it."""
        self.struck.set()
        writer.write(self._said)
        await writer.drain()
        while await reader.read(65536):
            pass

    async def _answers(self, up: asyncio.StreamReader, writer: asyncio.StreamWriter, trouble: list[str]) -> None:
        while data := await up.read(65536):
            if trouble:
                self.struck.set()
            if trouble == ["lost"]:
                _reset(writer)
                return
            if trouble == ["black hole"]:
                continue
            if trouble == ["delay"]:
                await asyncio.sleep(0.2)
            writer.write(data)
            await writer.drain()
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
