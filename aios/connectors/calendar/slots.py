"""Slots: when the owner is free, out of what is busy, for the times one is prepared to meet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Busy = tuple[datetime, datetime]


@dataclass(frozen=True)
class Hours:
    """When one is prepared to meet: between two times of day in a zone, on these weekdays (Monday is 0)."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset(range(5))


@dataclass(frozen=True)
class Wanted:
    """What is looked for: how long, with how much time around it, beginning at which minutes of the hour."""

    length: timedelta
    around: timedelta = timedelta(minutes=15)
    every: timedelta = timedelta(minutes=30)
    most: int = 6
    a_day: int = 2


def free_slots(busy: Sequence[Busy], after: datetime, until: datetime, hours: Hours, wanted: Wanted) -> list[Busy]:
    """The first free slots after a moment, a few a day so that there is something to choose from."""
    taken = sorted(busy)
    found: list[Busy] = []
    day = after.astimezone(hours.zone).date()
    while day <= until.astimezone(hours.zone).date() and len(found) < wanted.most:
        if day.weekday() in hours.weekdays:
            free = (slot for slot in _starts(day, hours, wanted) if after <= slot[0] and slot[1] <= until)
            today = [slot for slot in free if _is_free(slot, taken, wanted.around)]
            found.extend(_spread(today, wanted.a_day))
        day += timedelta(days=1)
    return found[: wanted.most]


def _starts(day: date, hours: Hours, wanted: Wanted) -> Iterator[Busy]:
    start = datetime.combine(day, hours.opens, hours.zone)
    closes = datetime.combine(day, hours.closes, hours.zone)
    while start + wanted.length <= closes:
        yield start, start + wanted.length
        start += wanted.every


def _is_free(slot: Busy, taken: Sequence[Busy], around: timedelta) -> bool:
    return not any(start < slot[1] + around and slot[0] - around < end for start, end in taken)


def _spread(slots: list[Busy], most: int) -> list[Busy]:
    """So many of the slots, far from each other: the first, the last, and between them."""
    if len(slots) <= most:
        return slots
    if most == 1:
        return slots[:1]
    return [slots[round(place * (len(slots) - 1) / (most - 1))] for place in range(most)]
