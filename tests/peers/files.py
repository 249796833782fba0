"""A web server on loopback with one file, which it may cut off, withhold, or send whole whatever part is asked for."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """Serves `content` under every path. `cuts` says after how many bytes the next answers break off."""

    content: bytes
    cuts: list[int] = field(default_factory=list[int])
    ranges: bool = True
    status: int = 0
    asked: list[str] = field(default_factory=list[str])

    def start(self) -> "FileServer":
        """Listen on a free port of loopback."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    @property
    def url(self) -> str:
        """The address of the folder that the file is in."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/models/"

    def stop(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One GET."""
        said = request.headers.get("Range", "bytes=0-")
        self.asked.append(said)
        start = int(said.removeprefix("bytes=").rstrip("-")) if self.ranges else 0
        beyond = start >= len(self.content)
        request.send_response(self.status or (416 if beyond else 206 if start else 200))
        body = b"" if self.status or beyond else self.content[start:]
        request.send_header("Content-Length", str(len(body)))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.end_headers()
        cut = self.cuts.pop(0) if self.cuts else len(body)
        request.wfile.write(body[:cut])
        request.close_connection = True
