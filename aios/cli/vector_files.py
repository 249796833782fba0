"""The files of the Chroma server of this home: what dropped collections leave on disk is removed before it starts."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

_SEGMENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def remove_dropped(folder: Path) -> int:
    """Remove the folders of collections that are gone, and their pages; returns how many folders there were.

    Chroma deletes a collection's rows and leaves its vectors. It must not be running; a layout that is not known stays.
    """
    file = folder / "chroma.sqlite3"
    found = [each for each in folder.glob("*") if each.is_dir() and _SEGMENT.fullmatch(each.name)]
    if not found or not file.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=1.0, isolation_level=None)) as database:
        try:
            kept = {str(name) for (name,) in database.execute("SELECT id FROM segments")}
            dropped = [each for each in found if each.name not in kept]
            if dropped:
                database.execute("VACUUM")
        except sqlite3.DatabaseError:  # of another version, or in use: nothing is known of it, so nothing is removed
            return 0
    for each in dropped:
        shutil.rmtree(each, ignore_errors=True)
    return len(dropped)
