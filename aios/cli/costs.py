"""`aios costs`: what models cost, against the limits."""

from dataclasses import asdict
from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, listing, say_json


def register(main: typer.Typer) -> None:
    """Add the command."""
    main.command("costs")(costs)


def costs(
    days: Annotated[int, typer.Option(min=1, max=366, help="Breakdowns over this many days.")] = 31,
    as_json: AsJson = False,
) -> None:
    """What models cost: today, this month, by process, agent, model and case."""
    from aios.workspace.filters import usd, usd_round  # the kernel behind it is not for those who ask for help

    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.budgets.costs(connection, days=days)
    if as_json:
        say_json(asdict(found))
        return
    typer.echo(f"today   {usd(found.today_micros)} of {usd_round(found.limits.day)}")
    typer.echo(f"month   {usd(found.month_micros)} of {usd_round(found.limits.month)}")
    typer.echo(f"held    {usd(found.held_micros)}")
    groups = (
        ("PROCESS", found.by_process),
        ("AGENT", found.by_agent),
        ("MODEL", found.by_model),
        ("CASE", found.by_case),
    )
    for heading, lines in groups:
        if lines:
            rows = [{"name": line.name, "calls": line.calls, "spent": usd(line.spent_micros)} for line in lines]
            listing(rows, {"name": heading, "calls": "CALLS", "spent": "SPENT"}, False)
