"""The demo: the example inbox, fed into a running aios, and what became of it."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aios.cli.home import checkout_file
from aios.settings import Settings


class Feed:
    """Copies the examples into the inbox and follows them until every one has its place."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say

    def progress(self) -> Iterator[None]:
        """Feed, then say what has become of it; one step per call."""
        files = feed(checkout_file("examples/inbox"), self._settings.home / "inbox")
        self._say(f"Fed {len(files)} files from examples/inbox.")
        started = time.monotonic()
        yield
        del started


def feed(source: Path, inbox: Path) -> list[Path]:
    """Copy each example into the inbox, under a hidden name first, so that no half-written file is picked up."""
    copied: list[Path] = []
    for file in sorted(path for path in source.iterdir() if path.is_file() and not path.name.startswith(".")):
        draft = inbox / f".{file.name}.part"
        shutil.copyfile(file, draft)
        copied.append(draft.rename(inbox / file.name))
    return copied
