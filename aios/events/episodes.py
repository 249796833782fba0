"""`Episodes`: the closed days of the log as Parquet files, one a day, for analysis and as a second witness.

A file holds the events of a sealed day as the log stores them, payloads as canonical JSON, so that each event's hash
can be checked from the file alone.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from aios.errors import NotFound, Tampered
from aios.events.certificates import Certificates
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

        A file that is there is kept, but for events that were forgotten since it was written: `Tampered` where it does
        not say what the log says otherwise. `Conflict` where the day is
        not over, `NotFound` where the log began later.
        """
        self.seals.seal_through(day)
        with self.log.database.read() as connection:
            seal = self.seals.of(connection, day)
            if seal is None:
                raise NotFound(f"The log says nothing of {day}: it began later.", "Choose a later day.")
            rows = list(every_row(connection, seal.first - 1, seal.last))
        path, frame = self.path(day), _frame(rows)
        if not path.exists() or _was_written_before(read_frame(path), frame, rows):
            write_frame(path, frame)
        elif not read_frame(path).equals(frame):
            raise Tampered(f"The file of {day} and the log do not agree.", MEND)
        return Episode(seal.day, path, frame.height, merkle_root(frame["hash"].to_list()), path.stat().st_size)

    def seal(self, day: date) -> Seal | None:
        """The seal of a day; None where it has none."""
        with self.log.database.read() as connection:
            return self.seals.of(connection, day)

    def certificates(self) -> Certificates:
        """What was forgotten of the log, and what must be left of it."""
        with self.log.database.read() as connection:
            return Certificates.of(connection)

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
    names = [column.name for column in events.c if column.name != "forgotten_by"]  # the certificates say it
    schema: dict[str, Any] = {name: whole.get(name, pl.String) for name in names}
    plain = ({**row, "payload": canonical_json(row["payload"])} for row in rows)
    return pl.DataFrame([{name: row[name] for name in names} for row in plain], schema=schema)


def _was_written_before(filed: "pl.DataFrame", now: "pl.DataFrame", rows: list[Row]) -> bool:
    """Whether a file differs from the log in forgotten events alone, which it holds as they were."""
    forgotten = {row["position"] for row in rows if row["forgotten_by"] is not None}
    if not forgotten or filed.equals(now) or (filed.schema, filed.height) != (now.schema, now.height):
        return False
    pairs = zip(filed.to_dicts(), now.to_dicts(), strict=True)
    return all(
        before == after or (after["position"] in forgotten and before["hash"] == after["hash"])
        for before, after in pairs
    )


def write_frame(path: Path, frame: "pl.DataFrame") -> None:
    """Write the table as Parquet so that it is there whole or not at all."""
    write_whole(path, frame.write_parquet)


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write the file so that it is there whole or not at all, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.new")
    with draft.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
