"""A real OpenAI-compatible server (npm `@copilotkit/aimock`) in a process of its own, told what to answer over HTTP."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.peers.npm import NpmMissing, installed
from tests.ports import free_port
from tests.waiting import until

COMMAND = "@copilotkit/aimock/dist/cli.js"

PLACEHOLDER = {"match": {"userMessage": "is anybody there?"}, "response": {"content": "yes"}}
"""The server does not start without a fixture."""


class AimockMissing(Exception):
    """There is no aimock to start here; the message says why."""


@dataclass
class Aimock:
    """A running server. It answers 503 to what it has no fixture for."""

    process: subprocess.Popen[bytes]
    directory: Path
    port: int

    @property
    def base_url(self) -> str:
        """What goes into OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def answer(self, content: Any, *, match: dict[str, Any] | None = None, **more: Any) -> None:
        """Answer with the content (a value is sent as JSON text) from now on; `more` goes beside it, as `usage`."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.fixture({"content": text, **more}, match=match)

    def fixture(
        self, response: dict[str, Any], *, match: dict[str, Any] | None = None, chaos: dict[str, Any] | None = None
    ) -> None:
        """Add a fixture; the first one that matches is served (`sequenceIndex` counts the matches)."""
        entry = {"match": match or {"endpoint": "chat"}, "response": response}
        self._post("fixtures", {"fixtures": [entry | ({"chaos": chaos} if chaos else {})]})

    def fail_once(self, status: int, message: str = "told to", code: str | None = None) -> None:
        """Answer the next request with the status."""
        self._post("error", {"status": status, "body": {"message": message, "type": "test", "code": code}})

    def chaos(self, **rates: float) -> None:
        """Faults for every request: `malformedRate`, `disconnectRate`, `rateLimitRate`, `dropRate`, `latencyMs`."""
        self._post("chaos", rates)

    def requests(self, path: str = "/chat/completions") -> list[dict[str, Any]]:
        """The requests of a path received since the last reset, oldest first."""
        found = self._control("GET", "journal", params={"path": path})
        return found.json()

    def reset(self) -> None:
        """Forget fixtures, faults and requests."""
        self._post("reset", {})
        self._control("DELETE", "chaos")

    def stop(self) -> None:
        """End the server and remove its files."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self._control("POST", path, json=body)

    def _control(self, method: str, path: str, **more: Any) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}/__aimock/{path}"
        response = httpx.request(method, url, trust_env=False, timeout=60, **more)
        assert response.is_success, response.text
        return response


def start_aimock() -> Aimock:
    """Start the server, installing it first where needed; raises `AimockMissing` where it can't be done."""
    command = install_aimock()
    directory = Path(tempfile.mkdtemp(prefix="aios-aimock-"))
    (directory / "one.json").write_text(json.dumps({"fixtures": [PLACEHOLDER]}))
    port = free_port()
    arguments = ["-p", str(port), "-h", "127.0.0.1", "-f", str(directory), "--strict", "--log-level", "warn"]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(["node", str(command), *arguments], stdout=log, stderr=log, cwd=directory)
    server = Aimock(process, directory, port)
    until(lambda: _answers(server), what="aimock to answer")
    server.reset()
    return server


def install_aimock() -> Path:
    """The server's program, installed where it is not there yet."""
    try:
        return installed(COMMAND)
    except NpmMissing as missing:
        raise AimockMissing(str(missing)) from None


def _answers(server: Aimock) -> bool:
    if server.process.poll() is not None:
        raise AimockMissing(f"aimock ended: {(server.directory / 'log').read_text()[-300:]}")
    try:
        return httpx.get(f"http://127.0.0.1:{server.port}/__aimock/health", trust_env=False, timeout=2).is_success
    except httpx.HTTPError:
        return False
