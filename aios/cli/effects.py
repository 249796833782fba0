"""`aios effects`: everything done outside, and the switches that stop it."""

from typing import Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, listing, say_json, tame

app = typer.Typer(help="Effects: list, show, undo, stop, release.")
COLUMNS = {"key": "EFFECT", "state": "STATE", "mode": "MODE", "rule": "RULE", "updated_at": "SINCE", "reason": "REASON"}

ALL = "*"
"""Every connector, as `aios.effects.switches` says it too."""

State = Annotated[str, typer.Option(help="proposed, approved, claimed, succeeded, captured, failed, unknown…")]
Case = Annotated[str, typer.Option(help="Only effects of this case.")]
Connector = Annotated[str, typer.Argument(help="A connector such as mail; * for all.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="effects")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, state: State = "", case: Case = "", as_json: AsJson = False) -> None:
    """List effects, the latest change first."""
    if context.invoked_subcommand is None:
        list_(state, case, as_json)


@app.command("list")
def list_(state: State = "", case: Case = "", as_json: AsJson = False) -> None:
    """List effects, the latest change first."""
    from aios.effects import ledger  # the kernel behind it is not for those who ask for help

    with opened() as kernel, kernel.database.read() as connection:
        found = ledger.listing(connection, state=state, case_id=case)
    listing(found, COLUMNS, as_json, empty="Nothing was done outside.")


@app.command()
def show(key: str, as_json: AsJson = False) -> None:
    """One effect with its request."""
    from aios.database import blobs
    from aios.effects import ledger  # the kernel behind it is not for those who ask for help

    with opened() as kernel, kernel.database.read() as connection:
        found = ledger.get(connection, key)
        request = blobs.find_json(connection, found.request, {"request": "forgotten on request"})
    if as_json:
        say_json({**found.__dict__, "request": request})
        return
    details(found, ("key", "case_id", "state", "mode", "rule", "decision_id", "attempt", "reason", "remedy"), False)
    for name, value in request.items():
        typer.echo(f"{name:<14} {tame(value)}")


@app.command()
def undo(key: str) -> None:
    """Take an approval back while nothing has gone out."""
    with opened() as kernel:
        kernel.gate.undo(key, OWNER)
    typer.echo(f"{key} does not go out.")


@app.command()
def stop(connector: Connector = ALL, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Let nothing more go out."""
    from aios.effects import switches  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        switches.stop(kernel.log, switches.require(kernel.connectors, connector), OWNER, reason)
    typer.echo("Everything that goes out is stopped." if connector == ALL else f"{connector} is stopped.")


@app.command()
def release(connector: Connector = ALL) -> None:
    """Let it go out again."""
    from aios.effects import switches  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        switches.release(kernel.log, switches.require(kernel.connectors, connector), OWNER)
        with kernel.database.read() as connection:
            still = sorted(switches.stopped(connection))
    if still:
        typer.echo(f"Released, but {', '.join(still)} is still stopped: aios effects release '{still[0]}'")
    else:
        typer.echo("Released; what waited goes out in order.")
