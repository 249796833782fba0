"""`aios statements`: the entries of bank statements, what each was for, and taking that back."""

from typing import Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, listing

app = typer.Typer(help="Bank statements: their entries, and what each was for.", no_args_is_help=True)
COLUMNS = {"booked": "DAY", "sum": "SUM", "name": "WHO", "open": "OPEN", "was": "WAS FOR", "id": "ENTRY"}


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="statements")


@app.command()
def entries(
    open_: Annotated[bool, typer.Option("--open", help="Only those that are not accounted for.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the entries of bank statements, the newest first, with what each was for."""
    from aios.billing.entry_list import listed, sum_of
    from aios.money import Money

    with opened() as kernel, kernel.database.read() as connection:
        found = listed(connection, kernel.reconciliation.entries, open_only=open_)
    rows = [
        {
            **each.fields(),
            "sum": sum_of(each.entry),
            "open": str(Money(each.entry.left, each.entry.currency)) if each.entry.left else "",
            "was": "; ".join(f"{each.said_for(use)} ({use.rule}, {use.key})" for use in each.standing),
        }
        for each in found
    ]
    empty = "Every entry is accounted for." if open_ else "No statement came in. Take one in: aios ingest FILE"
    listing(rows, COLUMNS, as_json, empty=empty)


@app.command()
def undo(
    key: Annotated[str, typer.Argument(help="The key of what it was for, as `entries` names it: ENTRY/0/1.")],
    reason: Annotated[str, typer.Option(help="Why it was wrong.")] = "",
) -> None:
    """Take back what an entry was for: a reversing entry is booked, and you are asked what it is."""
    with opened() as kernel:
        case_id = kernel.entry_questions.undo(key, reason, actor=OWNER)
    typer.echo(f"{key} is taken back; {case_id} asks what it is.")


@app.command()
def reconsider() -> None:
    """Look at entries that are open again now, and at statements that came in before there was reconciliation."""
    with opened() as kernel:
        again = kernel.entry_questions.reconsider()
    typer.echo(f"Looked at again: {', '.join(again)}." if again else "Nothing was booked since.")
