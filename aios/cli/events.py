"""`aios events`: read the log, and check that nobody has changed it."""

from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, listing, say_json
from aios.errors import Tampered

app = typer.Typer(help="Events: list, verify.")
COLUMNS = {"position": "POS", "at": "AT", "type": "TYPE", "stream": "STREAM", "actor": "ACTOR", "id": "EVENT"}

After = Annotated[int, typer.Option(min=0, help="Only events after this position.")]
Type = Annotated[str, typer.Option("--type", help="Only events of this type.")]
Stream = Annotated[str, typer.Option(help="Only events of this stream.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000)]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="events")


@app.callback(invoke_without_command=True)
def default(
    context: typer.Context,
    after: After = 0,
    type_: Type = "",
    stream: Stream = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List events, in order."""
    if context.invoked_subcommand is None:
        list_(after, type_, stream, limit, as_json)


@app.command("list")
def list_(after: After = 0, type_: Type = "", stream: Stream = "", limit: Limit = 100, as_json: AsJson = False) -> None:
    """List events, in order."""
    with opened() as kernel, kernel.database.read() as connection:
        types = (type_,) if type_ else ()
        found = kernel.log.read(connection, after=after, types=types, stream=stream or None, limit=limit)
    plain = [{**event.__dict__, "payload": event.payload.model_dump(mode="json")} for event in found]
    listing(plain, COLUMNS, as_json, empty="No event fits.")


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Walk the hash chain from the first event to the last."""
    from aios.events import integrity  # the store behind it is not for those who ask for help

    with opened() as kernel:
        found = integrity.verify(kernel.log)
    if as_json:
        say_json({**found.__dict__, "ok": found.ok})
        raise typer.Exit(0 if found.ok else 1)
    if not found.ok:
        raise Tampered(f"The log is broken at position {found.broken_at}: {found.problem}.", "Restore a backup.")
    typer.echo(f"The log is whole: {found.events} events.")
