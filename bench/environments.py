"""Environments of peers: each is made from its own lock file when it is first asked for, apart from ours."""

import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = CHECKOUT / ".venv-bench"
INSTALL_WITHIN = 300.0


class PeerMissing(Exception):
    """A peer cannot be run here; the message says why, for `Report.without`."""


def interpreter(name: str, lock: Path) -> Path:
    """The Python of the peer's environment, `.venv-bench/<name>`, made or brought up to date with the lock file.

    Says on stderr when it installs. `PeerMissing` where the packages cannot be had.
    """
    folder = ENVIRONMENTS / name
    python, installed = folder / "bin" / "python", folder / "installed.lock"
    wanted = lock.read_text("utf-8")
    if installed.exists() and installed.read_text("utf-8") == wanted:
        return python
    print(f"Installing {wanted.count('==')} packages into {folder.relative_to(CHECKOUT)} …", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    for command in _commands(folder, python, lock):
        _run(command)
    installed.write_text(wanted, "utf-8")
    return python


def _commands(folder: Path, python: Path, lock: Path) -> list[list[str]]:
    """With uv where there is one, which takes seconds; with pip otherwise."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        return [[sys.executable, "-m", "venv", str(folder)], [*pip, "--require-hashes", "-r", str(lock)]]
    make = [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]
    return [make, [uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock)]]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_WITHIN)
    except subprocess.TimeoutExpired:
        raise PeerMissing(f"installing it took more than {INSTALL_WITHIN:.0f} s") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise PeerMissing(f"it cannot be installed: {said[-1][:200]}")
