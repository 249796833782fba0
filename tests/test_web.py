"""The way to servers: an answer that never ends holds nobody up."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aios.connectors.web import Web
from aios.errors import OutcomeUnknown, SoftFailure


@pytest.fixture
def dripping() -> Iterator[str]:
    """The address of a server that says a byte of its answer now and then, for as long as it is asked."""
    over = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            while not over.wait(0.01):
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # the library's name for it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    over.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_answer_that_drips_for_ever_is_as_good_as_none(dripping: str) -> None:
    web = Web("The shop", "AIOS_SHOP_URL", dripping, timeout=0.2)
    with pytest.raises(SoftFailure, match="silent"):
        web.call("GET", "orders")
    with pytest.raises(OutcomeUnknown, match="silent"):
        web.call("POST", "orders", body=b"{}")
    web.close()
