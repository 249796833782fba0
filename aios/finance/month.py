"""`Month`: a calendar month, written `2026-10`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from aios.errors import InvalidInput

_WRITTEN = re.compile(r"(\d{4})-(\d\d)", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year; the earlier one is the lesser."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month that the day is in."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.back(-1).first - timedelta(days=1)

    def back(self, months: int) -> "Month":
        """The month that is so many earlier; later where the number is negative."""
        years, number = divmod(self.year * 12 + self.number - 1 - months, 12)
        return Month(years, number + 1)


def require_month(text: str) -> Month:
    """A month as `2026-10`; `InvalidInput` for anything else."""
    found = _WRITTEN.fullmatch(text)
    if found and 1 <= int(found[2]) <= 12 and 1 < int(found[1]) < 9999:
        return Month(int(found[1]), int(found[2]))
    raise InvalidInput(f"{text[:40]!r} is no month.", "Write it like 2026-10.")
