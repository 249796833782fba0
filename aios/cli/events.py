"""`aios events`: read the log, and check that nobody has changed it."""

from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, fields, listing, say_json, tame
from aios.errors import Tampered

app = typer.Typer(help="Events: list, verify, seals.")
COLUMNS = {"position": "POS", "at": "AT", "type": "TYPE", "stream": "STREAM", "actor": "ACTOR", "id": "EVENT"}
SEAL_COLUMNS = {"day": "DAY", "first": "FIRST", "last": "LAST", "count": "EVENTS", "seal": "SEAL"}
MOST = 20
"""Findings that are told one by one; a program gets all of them."""

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
    """Check every event against the hash chain, the daily seals and the files of closed days."""
    from dataclasses import asdict

    from aios.events import integrity  # the store behind it is not for those who ask for help
    from aios.events.episodes import FOLDER

    with opened() as kernel:
        found = integrity.verify(kernel.log, kernel.settings.home / FOLDER)
    if as_json:
        say_json({**asdict(found), "ok": found.ok})
        raise typer.Exit(0 if found.ok else 1)
    for each in found.findings[:MOST]:
        typer.echo(tame(f"{each.kind:<10}{each.day or 'not sealed':<12}{each.problem}"), err=True)
    if len(found.findings) > MOST:
        typer.echo(f"… and {len(found.findings) - MOST} more, all of them with --json.", err=True)
    if not found.ok:
        raise Tampered(f"The log is broken at position {found.broken_at}: {found.problem}.", "Restore a backup.")
    sealed = f", sealed through {found.sealed}; {found.files} files agree" if found.sealed else ""
    forgotten = f", {found.forgotten} of them emptied on request" if found.forgotten else ""
    typer.echo(f"The log is whole: {found.events} events{forgotten}{sealed}.")


@app.command()
def seals(as_json: AsJson = False) -> None:
    """List the seals of closed days; whoever keeps one elsewhere can prove what the log said by then."""
    from aios.events.seals import Seals

    with opened() as kernel, kernel.database.read() as connection:
        found = [{**fields(seal), "seal": seal.digest} for seal in Seals(kernel.log).all(connection)]
    listing(found, SEAL_COLUMNS, as_json, empty="No day is sealed yet; Dagster does it after midnight (UTC).")
