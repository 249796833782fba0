"""A real Chroma server in a process and a directory of its own."""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.ports import free_port
from tests.waiting import until


@dataclass
class ChromaPeer:
    """The server; it can be stopped and started again on its data, as after a crash."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """What goes into AIOS_CHROMA_URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [str(Path(sys.executable).parent / "chroma"), "run", "--path", str(self.directory / "data")]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(self.port)], stdout=log, stderr=log, cwd=self.directory
            )
        until(self._answers, timeout=90, what="Chroma to answer")

    def stop(self) -> None:
        """End the server at once; what it has stored stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """End the server and remove its files."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def collections(self) -> list[str]:
        """The names of its collections."""
        path = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        return [one["name"] for one in httpx.get(self.url + path, trust_env=False).json()]

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.directory / "log").read_text()[-500:]
        try:
            return httpx.get(f"{self.url}/api/v2/heartbeat", timeout=1, trust_env=False).is_success
        except httpx.HTTPError:
            return False


def start_chroma() -> ChromaPeer:
    """A new, empty server that answers."""
    peer = ChromaPeer(Path(tempfile.mkdtemp(prefix="aios-chroma-")), free_port())
    peer.start()
    return peer
