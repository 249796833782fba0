"""`Episodes`: the closed days of the log as Parquet files, one a day, for analysis and as a second witness.

A file holds the events of a sealed day as the log stores them, payloads as canonical JSON, so that each event's hash
can be checked from the file alone.
"""

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aios.errors import NotFound, Tampered
from aios.events.chain import Row, every_row
from aios.events.log import EventLog
from aios.events.merkle import merkle_root
from aios.events.seals import Seal, Seals, hashes_between
from aios.events.tables import events
from aios.ids import canonical_json

if TYPE_CHECKING:
    import polars as pl

FOLDER = Path("memory") / "episodic"
"""Where the files are in `AIOS_HOME`."""

MEND = "See `aios events verify`. To write it anew, move the file away, and keep it."


@dataclass(frozen=True)
class Episode:
    """A day's file: how many events it holds, their Merkle root, and its size in bytes."""

    day: str
    path: Path
    rows: int
    root: str
    size: int


class Episodes:
    """The files of the closed days. Without them, what was changed could be found, but not what it was before."""

    def __init__(self, log: EventLog, home: Path) -> None:
        self.log = log
        self.seals = Seals(log)
        self.folder = home / FOLDER

    def path(self, day: date) -> Path:
        """Where the file of a day is, or will be."""
        return self.folder / f"{day}.parquet"

    def days(self) -> list[date]:
        """The closed days of the log, which have a file or should have one."""
        with self.log.database.read() as connection:
            return self.seals.days(connection)

    def write(self, day: date) -> Episode:
        """Seal the day, write its file where there is none, and say what is in it.

        A file that is there is kept: `Tampered` where it does not say what the log says. `Conflict` where the day is
        not over, `NotFound` where the log began later.
        """
        self.seals.seal_through(day)
        with self.log.database.read() as connection:
            seal = self.seals.of(connection, day)
            if seal is None:
                raise NotFound(f"The log says nothing of {day}: it began later.", "Choose a later day.")
            frame = _frame(list(every_row(connection, seal.first - 1, seal.last)))
        path = self.path(day)
        if not path.exists():
            write_frame(path, frame)
        elif not read_frame(path).equals(frame):
            raise Tampered(f"The file of {day} and the log do not agree.", MEND)
        return Episode(seal.day, path, frame.height, merkle_root(frame["hash"].to_list()), path.stat().st_size)

    def seal(self, day: date) -> Seal | None:
        """The seal of a day; None where it has none."""
        with self.log.database.read() as connection:
            return self.seals.of(connection, day)

    def hash_at(self, position: int) -> str:
        """The hash of the event at a position; empty where there is none."""
        with self.log.database.read() as connection:
            return next(iter(hashes_between(connection, position, position)), "")


def read_frame(path: Path) -> "pl.DataFrame":
    """The events in a day's file; `Tampered` where it cannot be read."""
    import polars as pl  # it takes a while and starts threads, which a process that forks must not have

    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise Tampered(f"{path.name} cannot be read: {str(error).splitlines()[0]}.", MEND) from None


def read_rows(path: Path) -> list[Row]:
    """The events in a day's file, as rows of the log; `Tampered` where it is no such file."""
    rows: list[Row] = read_frame(path).to_dicts()
    try:
        return [{**row, "payload": json.loads(row["payload"])} for row in rows]
    except (KeyError, TypeError, ValueError):
        raise Tampered(f"{path.name} holds no events of the log.", MEND) from None


def _frame(rows: list[Row]) -> "pl.DataFrame":
    import polars as pl

    whole = {"position": pl.Int64, "seq": pl.Int64, "version": pl.Int64}
    schema: dict[str, Any] = {column.name: whole.get(column.name, pl.String) for column in events.c}
    return pl.DataFrame([{**row, "payload": canonical_json(row["payload"])} for row in rows], schema=schema)


def write_frame(path: Path, frame: "pl.DataFrame") -> None:
    """Write the file so that it is there whole or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.new")
    with draft.open("wb") as file:
        frame.write_parquet(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
