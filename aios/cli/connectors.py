"""`aios connectors`: how each way out stands; test one, stop it, preview what an operation would do."""

import json
from typing import Annotated, Any

import typer

from aios.cli import effects
from aios.cli.opened import opened
from aios.cli.output import AsJson, details, fields, listing, say_json, tame
from aios.errors import InvalidInput

app = typer.Typer(help="Connectors: list, show, test, stop, release, preview.")
COLUMNS = {
    "name": "CONNECTOR",
    "mode": "MODE",
    "breaker": "BREAKER",
    "stopped": "STOPPED",
    "buffered": "BUFFERED",
    "pace": "PACE",
    "breaker_reason": "REASON",
}

Name = Annotated[str, typer.Argument(help="A connector such as mail.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="connectors")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, as_json: AsJson = False) -> None:
    """List connectors."""
    if context.invoked_subcommand is None:
        list_(as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List connectors and how they stand."""
    from aios.effects import standing  # the kernel behind it is not for those who ask for help

    with opened() as kernel, kernel.database.read() as connection:
        found = standing.read(connection, kernel.connectors, kernel.executor.admission)
    listing([fields(each) for each in found], COLUMNS, as_json)


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """One connector with its operations and the last effects."""
    from aios.effects import standing  # the kernel behind it is not for those who ask for help

    with opened() as kernel, kernel.database.read() as connection:
        found = standing.read_one(connection, kernel.connectors, kernel.executor.admission, name)
    details(
        found, ("name", "title", "version", "mode", "account", "pace", "breaker", "breaker_reason", "stopped"), as_json
    )
    if not as_json:
        for operation in found.operations:
            typer.echo(f"{operation.name:<14} {tame(operation.undo)} Recognised by {tame(operation.identified_by)}.")


@app.command("test")
def ask(name: Name, as_json: AsJson = False) -> None:
    """Ask the outside how it is, without doing anything; ends with 1 where it is down."""
    from aios.effects import standing  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        health = standing.ask(kernel.log, kernel.connectors, kernel.executor.admission, name)
    if as_json:
        say_json(fields(health))
    else:
        typer.echo(f"{health.state}: {tame(health.detail)} {tame(health.remedy)}".strip())
    if health.state == "down":
        raise typer.Exit(1)


@app.command()
def preview(
    name: Name,
    operation: Annotated[str, typer.Argument(help="One of its operations, such as send.")],
    request: Annotated[str, typer.Argument(help="The request as JSON.")],
) -> None:
    """Say what an operation would do; nothing is done."""
    try:
        asked: Any = json.loads(request)
    except ValueError as error:
        raise InvalidInput(f"The request is not JSON: {error}.", 'Write it as {"name": "value"}.') from None
    if not isinstance(asked, dict):
        raise InvalidInput("The request is not a JSON object.", 'Write it as {"name": "value"}.')
    with opened() as kernel:
        said = kernel.connectors.contract(name).preview(operation, asked)  # pyright: ignore[reportUnknownArgumentType]
    typer.echo("\n".join(tame(line) for line in said.splitlines()))


app.command("stop")(effects.stop)
app.command("release")(effects.release)
