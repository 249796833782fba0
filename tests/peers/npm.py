"""The programs of others that come from npm: installed once, from the committed lock file, into the project's cache."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "peers"


class NpmMissing(Exception):
    """Nothing can be installed here; the message says why."""


def installed(path: str) -> Path:
    """A file below `node_modules`, installed with the others of the lock file where it is not there yet."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NpmMissing("node and npm are not on PATH")
    lock = (HERE / "package-lock.json").read_bytes()
    place = CACHE / f"npm-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (place / "node_modules" / path).exists():
        _install(place)
    return place / "node_modules" / path


def _install(place: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix="npm-", dir=CACHE))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, building)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=building, capture_output=True, text=True, timeout=180)
        if done.returncode != 0:
            raise NpmMissing(f"npm ci failed: {done.stderr.strip()[-300:]}")
        if not place.exists():
            os.rename(building, place)
    except subprocess.TimeoutExpired:
        raise NpmMissing("npm ci did not end within 180 s") from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
