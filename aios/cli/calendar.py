"""`aios calendar`: when the owner is free."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, listing
from aios.errors import InvalidInput

app = typer.Typer(help="Calendar: propose times when you are free.", no_args_is_help=True)


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="calendar")


@app.callback()
def _family() -> None:
    pass


@app.command()
def free(
    days: Annotated[int, typer.Option(min=1, max=90, help="How many days to look ahead.")] = 14,
    minutes: Annotated[int, typer.Option(min=5, max=480, help="How long the appointment is to be.")] = 30,
    zone: Annotated[str, typer.Option(help="Your time zone, such as Europe/Berlin.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Propose times on working days between nine and five, with a quarter of an hour around each."""
    from aios.connectors.calendar.contract import CALENDAR
    from aios.connectors.calendar.opened import calendar_of
    from aios.connectors.calendar.slots import Hours, Wanted, free_slots

    hours = Hours(_zone(zone))
    with opened() as kernel:
        now = kernel.clock.now()
        until = now + timedelta(days=days)
        mode = "live" if CALENDAR.configured(kernel.settings) else "sandbox"
        busy = calendar_of(kernel.settings, kernel.clock, mode).busy(now, until)
    slots = free_slots(busy, now, until, hours, Wanted(timedelta(minutes=minutes)))
    found = [{"start": start.isoformat(), "end": end.isoformat()} for start, end in slots]
    listing(found, {"start": "FROM", "end": "TO"}, as_json, empty="You are not free in that time; look further ahead.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidInput(f"There is no time zone {name!r}.", "Write it as Europe/Berlin.") from None
