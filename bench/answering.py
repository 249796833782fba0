"""A model server in a process of its own that answers every chat completion with the same text, as fast as it can."""

import asyncio
import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from aios.cli.ports import accepts, free_port
from bench.running import running

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


@contextmanager
def answering(content: str, folder: Path) -> Generator[str]:
    """The server, answering with the content; yields what goes into OPENAI_BASE_URL."""
    port = free_port()
    command = [sys.executable, "-m", "bench.answering", str(port), content]
    root = str(Path(__file__).resolve().parents[1])
    with running(command, folder, {"AIOS_BENCH_ANSWERS": str(port)}, PYTHONPATH=root) as program:
        program.wait_until(accepts(port))
        yield f"http://127.0.0.1:{port}/v1"


def completion(content: str) -> bytes:
    """A chat completion as OpenAI's API sends it."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gpt-5-mini",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, "refusal": None},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 800, "completion_tokens": 200, "total_tokens": 1000},
    }
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
    return head.encode() + text


async def serve(port: int, answer: bytes) -> None:
    """Answer each request on each connection until the process is ended."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(END_OF_HEAD)).lower()
                sizes = [line for line in head.split(b"\r\n") if line.startswith(LENGTH)]
                await reader.readexactly(int(sizes[0][len(LENGTH) :]) if sizes else 0)
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, limit=1 << 22)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(serve(int(sys.argv[1]), completion(sys.argv[2])))
    except KeyboardInterrupt:
        sys.exit(0)
