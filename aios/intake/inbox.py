"""`Inbox`: the folder that files are dropped into; each is taken once it is finished, then moved out of the way."""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from aios.connectors.incoming import MEGABYTE, Problem
from aios.connectors.mail.parse import MAX_MAIL
from aios.intake.receipt import Receipt

Receive = Callable[[str, bytes], list[Receipt]]
Refuse = Callable[[Problem], Receipt]

UNFINISHED = (".part", ".tmp", ".crdownload", ".download", ".swp", "~")
SETTLED_SECONDS = 1.0
"""A file that has not changed for this long is finished. Programs that write slowly rename from `….part`."""

PATIENCE_SECONDS = 5.0
"""A sweep takes no further file after this long; the next one goes on. Dagster gives a sensor's tick a minute."""

LISTS = (".csv",)
"""Files with many entries each; one that somebody wrote by hand goes first."""

FOLDER_SETTLED_SECONDS = 60.0
"""A folder is refused after this long: somebody may be filling it, to move its files up."""


class Inbox:
    """The folder. One process sweeps it at a time; what a killed one left, the next takes again and recognises."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settled = SETTLED_SECONDS
        self.patience = PATIENCE_SECONDS
        self.folder_settled = FOLDER_SETTLED_SECONDS
        self.archive = folder / "archive"
        self.refused = folder / "quarantine"

    def sweep(self, receive: Receive, refuse: Refuse) -> list[Receipt]:
        """Take in the finished files, oldest first and lists last, until `patience` is over; one at least."""
        self.archive.mkdir(parents=True, exist_ok=True)
        self.refused.mkdir(exist_ok=True)
        if not self._dropped():
            return []
        receipts: list[Receipt] = []
        with self._alone() as alone:
            until = time.monotonic() + self.patience
            for file in self._finished() if alone else ():
                receipts += self._take(file, receive, refuse)
                if time.monotonic() >= until:
                    break
        return receipts

    def _take(self, file: Path, receive: Receive, refuse: Refuse) -> list[Receipt]:
        name = os.fsencode(file.name).decode("utf-8", "replace")
        about = file.lstat()
        if stat.S_ISDIR(about.st_mode):
            receipts = [refuse(Problem(name, "It is a folder.", "Drop the files that are in it.", size=about.st_size))]
        elif not stat.S_ISREG(about.st_mode):
            receipts = [refuse(Problem(name, "It is no ordinary file.", "Drop the file itself, not a link to it."))]
        elif about.st_size > MAX_MAIL:
            reason = f"It has {about.st_size // MEGABYTE} MB; {MAX_MAIL // MEGABYTE} is the limit."
            receipts = [refuse(Problem(name, reason, "Drop a smaller file.", size=about.st_size))]
        else:
            receipts = self._read(file, name, receive, refuse)
        refused = all(receipt.quarantined for receipt in receipts)
        _move(file, self.refused if refused else self.archive)
        return receipts

    def _read(self, file: Path, name: str, receive: Receive, refuse: Refuse) -> list[Receipt]:
        try:
            data = file.read_bytes()
        except OSError as error:
            return [refuse(Problem(name, f"It cannot be opened: {error.strerror}.", "Give aios the right to read it."))]
        return receive(name, data)

    def _finished(self) -> list[Path]:
        now = self._filesystem_now()
        found: list[tuple[bool, float, Path]] = []
        for file in self._dropped():
            try:
                about = file.lstat()
            except FileNotFoundError:  # taken back meanwhile
                continue
            # Unlike the time of modification, which a copy keeps, this one cannot be set.
            settled = self.folder_settled if stat.S_ISDIR(about.st_mode) else self.settled
            if now - about.st_ctime >= settled:
                found.append((file.suffix.lower() in LISTS, about.st_mtime, file))
        return [file for _, _, file in sorted(found)]

    def _dropped(self) -> list[Path]:
        """What lies in the folder and is not ours, nor said to be unfinished by its name."""
        own = (self.archive.name, self.refused.name)
        names = [name for name in os.listdir(self.folder) if not name.startswith(".") and name not in own]
        return [self.folder / name for name in names if not name.lower().endswith(UNFINISHED)]

    def _filesystem_now(self) -> float:
        """What time the file system has; it may not be this machine's. Asked where nobody watches for files."""
        with tempfile.NamedTemporaryFile(dir=self.archive, prefix=".now-") as probe:
            return os.fstat(probe.fileno()).st_ctime

    @contextmanager
    def _alone(self) -> Generator[bool]:
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


def _move(file: Path, folder: Path) -> None:
    """Move the file; one of the same name that is there already stays."""
    target = folder / file.name
    number = 1
    while os.path.lexists(target):
        number += 1
        target = folder / f"{number}-{file.name[-50:]}"
    file.rename(target)
