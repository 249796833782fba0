"""`Hygiene`: memory kept clean, a day at a time: what has ended is closed, what is double merged, closed cases are
summed up, indexes compared.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from aios.errors import Conflict
from aios.memory.agreement import Agreement, compare
from aios.memory.expiry import days_kept, expire, expired
from aios.memory.growth import Growth, IndexSize, Unreferenced, end_of, growth, index_size, unreferenced
from aios.memory.item import Item
from aios.memory.likeness import alike, merge
from aios.memory.memory import Memory
from aios.memory.summaries import Summaries

FOLDER = Path("memory") / "hygiene"
"""Where the files with how memory stood are in `AIOS_HOME`, one for each day that was cleaned."""

TOGETHER = 20
"""Contacts whose summaries are made in one transaction, so that nobody who writes waits long."""


@dataclass(frozen=True)
class Cleaned:
    """What hygiene did for a day: the ids it closed as expired and as said elsewhere, the summaries it made, and how
    memory stood.
    """

    day: str
    expired: tuple[str, ...]
    merged: tuple[str, ...]
    summed_up: tuple[str, ...]
    growth: tuple[Growth, ...]


@dataclass(frozen=True)
class Examined:
    """How memory stands now. `proposed` are groups of ids that say the same, one of them the owner's own;
    `unread` counts what no case has read for long, `unreferenced` names the oldest of it.
    """

    agreement: Agreement
    expired: tuple[str, ...]
    double: tuple[tuple[str, ...], ...]
    proposed: tuple[tuple[str, ...], ...]
    unread: int
    unreferenced: tuple[Unreferenced, ...]
    growth: tuple[Growth, ...]
    words: IndexSize
    mended: int = 0

    @property
    def ok(self) -> bool:
        """Whether recall sees what is believed, and nothing else."""
        return not self.agreement.differing and not self.agreement.notice


class Hygiene:
    """Keeps memory clean. Without it, what has ended is recalled for ever and what is lost from an index is not missed.

    Everything it changes is an event with its reason; running a day again changes nothing more.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.log = memory.log
        self.summaries = Summaries(memory)
        self.kept = days_kept(memory.settings.aios_memory_days)

    def clean(self, day: date) -> Cleaned:
        """Close what had ended by the end of the day, merge what says the same, and tell anew what happened so far with
        each contact of a case that closed. `Conflict` while the day lasts.
        """
        end = end_of(day)
        if end > self.memory.clock.now():
            raise Conflict(f"{day} is not over.", "Choose an earlier day.")
        gone, merged, told = list[str](), list[str](), list[str]()
        with self.log.database.read() as connection:  # what takes long is looked at without holding up any writer
            over = bool(expired(connection, end, self.kept))
            double = any(not group.proposed for group in alike(connection))
            due = [one.root for one in self.summaries.due(connection, end)]
        if over or double:
            with self.log.database.write() as tx:
                gone = expire(tx, self.log, end, self.kept)
                merged = merge(tx, self.log) if double else []
        for start in range(0, len(due), TOGETHER):
            with self.memory.changing() as tx:
                told += self.summaries.make(tx, end, self.summaries.due(tx, end, due[start : start + TOGETHER]))
        with self.log.database.read() as connection:
            return Cleaned(day.isoformat(), tuple(gone), tuple(merged), tuple(told), tuple(growth(connection, day)))

    def examine(self, *, mend: bool = False) -> Examined:
        """How memory stands; with `mend`, what differs in the indexes is put right first, where they answer."""
        found = self._examined()
        if not mend or not found.agreement.differing:
            return found
        mended = self.memory.reindex() if found.agreement.lost else self.memory.mend()
        again = self._examined()
        return replace(again, mended=mended)

    def _examined(self) -> Examined:
        now = self.memory.clock.now()
        with self.log.database.read() as connection:
            agreement = compare(connection, self.memory.vectors)
            groups = alike(connection)
            unread, oldest = unreferenced(connection, now)
            return Examined(
                agreement=agreement,
                expired=tuple(item.item_id for item in expired(connection, now, self.kept)),
                double=tuple(_ids(group.items) for group in groups if not group.proposed),
                proposed=tuple(_ids(group.items) for group in groups if group.proposed),
                unread=unread,
                unreferenced=tuple(oldest),
                growth=tuple(growth(connection, now.date())),
                words=index_size(connection),
            )


def cleaned_through(home: Path) -> str:
    """The newest day that was cleaned; empty where none was."""
    return max((file.stem for file in (home / FOLDER).glob("*.parquet")), default="")


def _ids(items: tuple[Item, ...]) -> tuple[str, ...]:
    return tuple(item.item_id for item in items)
