"""`aios connectors`: how each way out stands; test one, switch it, stop it, preview what an operation would do."""

import json
from typing import Annotated, Any, cast

import typer

from aios.cli import effects
from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, fields, listing, say_json, tame
from aios.errors import InvalidInput

app = typer.Typer(help="Connectors: list, show, test, use (sandbox or live), stop, release, preview.")
COLUMNS = {
    "name": "CONNECTOR",
    "mode": "MODE",
    "breaker": "BREAKER",
    "stopped": "STOPPED",
    "buffered": "BUFFERED",
    "pace": "PACE",
    "breaker_reason": "REASON",
}

SHOWN = (
    *("name", "title", "version", "mode", "credentials", "lacking", "account", "pace", "room"),
    *("breaker", "breaker_reason", "stopped", "buffered", "parked"),
)

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
        found,
        SHOWN,
        as_json,
    )
    if not as_json:
        for operation in found.operations:
            typer.echo(f"{operation.name:<14} {tame(operation.undo)} Recognised by {tame(operation.identified_by)}.")
        for effect in found.last:
            typer.echo(
                f"{effect.updated_at[:16]} {effect.operation} {effect.key}: {effect.state} {tame(effect.reason)}"
            )


@app.command("test")
def ask(name: Name, as_json: AsJson = False) -> None:
    """Ask the outside how it is, without doing anything; ends with 1 where it is down."""
    from aios.effects import asking  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        health = asking.ask(kernel.database, kernel.connectors, kernel.executor.admission, name)
    if as_json:
        say_json(fields(health))
    else:
        typer.echo(f"{health.state}: {tame(health.detail)} {tame(health.remedy)}".strip())
    if health.state == "down":
        raise typer.Exit(1)


@app.command()
def use(
    name: Name,
    mode: Annotated[str, typer.Argument(help="sandbox: nothing leaves this machine; live: it does.")],
    as_json: AsJson = False,
) -> None:
    """Switch a connector between sandbox and live, from the next effect on; what waits is asked about again."""
    from aios.effects.switching import switch  # the kernel behind it is not for those who ask for help

    if mode not in ("sandbox", "live"):
        raise InvalidInput(f"There is no mode {mode[:20]!r}.", "Say sandbox or live.")
    with opened() as kernel:
        done = switch(kernel.gate, kernel.connectors, name, mode, OWNER)
    if as_json:
        say_json(fields(done))
    else:
        typer.echo(done.words)


@app.command()
def preview(
    name: Name,
    operation: Annotated[str, typer.Argument(help="One of its operations, such as send.")],
    request: Annotated[str, typer.Argument(help="The request as JSON.")],
    as_json: AsJson = False,
) -> None:
    """Say what an operation would do, and whether it would be let go; nothing is done."""
    from aios.effects.rehearsal import rehearse  # the kernel behind it is not for those who ask for help

    try:
        asked: Any = json.loads(request)
    except ValueError as error:
        raise InvalidInput(f"The request is not JSON: {error}.", 'Write it as {"name": "value"}.') from None
    if not isinstance(asked, dict):
        raise InvalidInput("The request is not a JSON object.", 'Write it as {"name": "value"}.')
    with opened() as kernel, kernel.database.read() as connection:
        admission, policy = kernel.executor.admission, kernel.policies.current(connection)
        given = cast(dict[str, Any], asked)
        said = rehearse(connection, kernel.connectors, admission, policy, name, operation, given)
    if not as_json:
        typer.echo("\n".join([*(tame(line) for line in said.words.splitlines()), ""]))
    details(said, ("mode", "verdict", "rule", "reason", "order", "risk", "identified_by", "undo", "obstacles"), as_json)


app.command("stop")(effects.stop)
app.command("release")(effects.release)
