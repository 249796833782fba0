"""How memory has grown, as its page shows it: the last days, what it holds by kind, what nobody refers to."""

from collections.abc import Sequence
from dataclasses import dataclass

from aios.kernel import Kernel
from aios.memory.growth import DayTotal, Growth, IndexSize, Unreferenced, growth, index_size, totals, unreferenced
from aios.memory.hygiene import cleaned_through

DAYS = 60
"""How many days the plot shows."""


@dataclass(frozen=True)
class GrowthReport:
    """Everything in the report. `cleaned` is the last day that hygiene has cleaned, `unread` a count of all of what
    `unreferenced` names the oldest of.
    """

    days: Sequence[DayTotal]
    kinds: Sequence[Growth]
    words: IndexSize
    unread: int
    unreferenced: Sequence[Unreferenced]
    cleaned: str

    @property
    def most(self) -> int:
        """The most items that were believed at the end of any of the days."""
        return max((day.believed for day in self.days), default=0)

    @property
    def added(self) -> int:
        """How many items came in all of the days."""
        return sum(day.added for day in self.days)

    @property
    def closed(self) -> int:
        """How many items went in all of the days."""
        return sum(day.closed for day in self.days)


def read(kernel: Kernel) -> GrowthReport:
    """The report as of now."""
    now = kernel.clock.now()
    with kernel.database.read() as connection:
        unread, oldest = unreferenced(connection, now)
        return GrowthReport(
            days=totals(connection, now.date(), DAYS),
            kinds=growth(connection, now.date()),
            words=index_size(connection),
            unread=unread,
            unreferenced=oldest,
            cleaned=cleaned_through(kernel.settings.home),
        )
