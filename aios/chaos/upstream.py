"""`Upstream`: the service behind the proxy, and how a connection to it is made."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Upstream:
    """A service outside. `tls` is `always` from the first byte on, `starttls` after an SMTP greeting, or `never`.

    `authority` is the Host header by which an HTTP service knows itself; empty where that does not matter.
    """

    host: str
    port: int
    tls: Literal["always", "starttls", "never"] = "never"
    authority: str = ""

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        """A connection, and what the service has said on it that the client has yet to hear. Raises `OSError`."""
        if self.tls == "always":
            secure = ssl.create_default_context()
            reader, writer = await asyncio.open_connection(self.host, self.port, ssl=secure, server_hostname=self.host)
            return reader, writer, b""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        greeting = await _secured(reader, writer, self.host) if self.tls == "starttls" else b""
        return reader, writer, greeting


async def _secured(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> bytes:
    """Go over to TLS (RFC 3207); what the server said first, which it does not say again, is returned."""
    greeting = await _reply(reader)
    for said in (b"EHLO localhost\r\n", b"STARTTLS\r\n"):
        writer.write(said)
        answer = await _reply(reader)
        if not answer.startswith(b"2"):
            raise ConnectionRefusedError(answer.decode("utf-8", "replace").strip())
    await writer.start_tls(ssl.create_default_context(), server_hostname=host)
    return greeting


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """One reply of SMTP, which may have several lines (RFC 5321, 4.2.1)."""
    lines = [await reader.readline()]
    while lines[-1][3:4] == b"-":
        lines.append(await reader.readline())
    return b"".join(lines)
