"""`aios invoices open` (`aios finance open`) and `dispute`: what is owed at the end of a day, and what is disputed."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from aios.cli.invoices import app
from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, listing

COLUMNS = {
    "direction": "WHO OWES",
    "name": "NUMBER",
    "key": "KEY",
    "party": "PARTY",
    "sum": "OPEN",
    "of": "OF",
    "due": "DUE",
    "overdue": "DAYS OVER",
    "said": "DISPUTED",
}
WHO = {"receivable": "they", "payable": "we"}

On = Annotated[str, typer.Option(help="The day, such as 2026-11-25; today if left out.")]


def register(_main: typer.Typer) -> None:
    """Add the commands to `aios invoices`, which is there already."""
    app.command("open")(open_)
    app.command("dispute")(dispute)


def open_(on: On = "", as_json: AsJson = False) -> None:
    """List what is owed, to you and by you, as it was at the end of a day."""
    from aios.billing.open_items import open_items
    from aios.finance.aging import days_overdue
    from aios.money import Money

    with opened() as kernel, kernel.database.read() as connection:
        day = day_of(on, kernel.clock.now().date())
        found = open_items(connection, on=day)
    rows: list[dict[str, Any]] = [
        {
            **asdict(each),
            "sum": str(Money(each.open, each.currency)),
            "of": str(Money(each.payable, each.currency)),
            "overdue": max(days_overdue(each, day), 0) if each.open > 0 else 0,
            "said": "disputed" if each.disputed else "",
        }
        for each in found
    ]
    if not as_json:
        rows = [{**each, "direction": WHO[each["direction"]], "overdue": each["overdue"] or ""} for each in rows]
    listing(rows, COLUMNS, as_json, empty="Nothing is owed.")


def dispute(
    name: Annotated[str, typer.Argument(help="The number of an invoice, such as 2026-0007, or its case.")],
    resolve: Annotated[bool, typer.Option("--resolve", help="It is disputed no longer.")] = False,
    on: On = "",
    note: Annotated[str, typer.Option(help="What is said about it.")] = "",
) -> None:
    """Say that an invoice is disputed, so that nothing reminds of it; or no longer."""
    with opened() as kernel:
        day = day_of(on, kernel.clock.now().date())
        say = kernel.billing.disputes.resolve if resolve else kernel.billing.disputes.begin
        item = say(name, day, note, actor=OWNER)
    typer.echo(f"{item.name or item.key} is {'disputed no longer' if resolve else 'disputed'}.")


def day_of(said: str, today: date) -> date:
    """The day that is named; today where none is."""
    from aios.books.books import require_day

    return date.fromisoformat(require_day(said)) if said else today
