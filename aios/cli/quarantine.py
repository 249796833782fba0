"""`aios quarantine`: what could not be taken in."""

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, listing

app = typer.Typer(help="Quarantine: list, save, release, discard.")
COLUMNS = {"id": "ID", "at": "SINCE", "status": "STATUS", "name": "NAME", "reason": "REASON", "remedy": "REMEDY"}

All = Annotated[bool, typer.Option("--all", help="Also what was resolved.")]
Id = Annotated[str, typer.Argument(help="Its id, from `aios quarantine`.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="quarantine")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, everything: All = False, as_json: AsJson = False) -> None:
    """List what waits in quarantine."""
    if context.invoked_subcommand is None:
        list_(everything, as_json)


@app.command("list")
def list_(everything: All = False, as_json: AsJson = False) -> None:
    """List what waits in quarantine."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.quarantine.list(connection, status="" if everything else "open")
    listing(found, COLUMNS, as_json, empty="Nothing is in quarantine.")


@app.command()
def save(quarantine_id: Id, file: Annotated[Path, typer.Argument(help="Where to write its bytes.")]) -> None:
    """Write its bytes, as they came, into a new file."""
    with opened() as kernel, kernel.database.read() as connection:
        data = kernel.quarantine.content(connection, quarantine_id)
    with file.open("xb") as out:
        out.write(data)
    typer.echo(f"{len(data)} bytes are in {file}. Do not trust them.")


@app.command()
def release(quarantine_id: Id) -> None:
    """Take it in after all."""
    with opened() as kernel:
        receipts = kernel.intake.release(quarantine_id, actor=OWNER)
    typer.echo(f"Taken in: {', '.join(receipt.case_id or receipt.event_id for receipt in receipts)}.")


@app.command()
def discard(quarantine_id: Id, note: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Throw it away."""
    with opened() as kernel:
        kernel.quarantine.discard(quarantine_id, actor=OWNER, note=note)
    typer.echo(f"{quarantine_id} is discarded.")
