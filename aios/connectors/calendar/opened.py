"""The owner's calendar as something that can be read: when it is busy, live or in the sandbox."""

from datetime import datetime
from typing import Protocol

from aios.clock import Clock
from aios.connectors.calendar.slots import Busy
from aios.settings import Mode, Settings


class Calendar(Protocol):
    """A calendar that says when its owner has no time."""

    def busy(self, after: datetime, until: datetime) -> list[Busy]:
        """Everything that is fixed between the two moments. Raises `SoftFailure` or `HardFailure`."""
        ...

    def disconnect(self) -> None:
        """Close the connections; the next use opens them again."""
        ...


def calendar_of(settings: Settings, clock: Clock, mode: Mode) -> Calendar:
    """The calendar of that mode."""
    from aios.connectors.calendar.caldav import CalDav  # icalendar takes a while to import
    from aios.connectors.calendar.sandbox import SandboxCalendar

    return CalDav(settings, clock) if mode == "live" else SandboxCalendar(settings, clock)
