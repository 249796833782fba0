"""What a sandbox twin takes instead of letting it out: files that are there as a whole or not at all."""

import os
import tempfile
from pathlib import Path

from aios.faults import reach


def write_once(file: Path, data: bytes) -> None:
    """Write the file in one step; one that is there already stays as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", suffix=".part") as part:
        part.write(data)
        part.flush()
        os.fsync(part.fileno())
        reach("capturing")
        try:
            os.link(part.name, file)
        except FileExistsError:
            return


def replace_file(file: Path, data: bytes | None) -> None:
    """Make the file hold the data in one step, whatever it held; with None, take it away."""
    if data is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as part:
            os.fchmod(handle, 0o644)
            part.write(data)
            part.flush()
            os.fsync(handle)
        reach("capturing")
        os.replace(draft, file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
