"""What a sandbox twin takes instead of letting it out: a file that is there as a whole or not at all, and once."""

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
