"""`aios preferences`: how the owner wants drafts written, learned from their corrections."""

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, details, fields, listing

app = typer.Typer(help="Preferences learned from your corrections: list, show, off, on.")
COLUMNS = {"id": "PREFERENCE", "state": "STATE", "version": "VERSION", "drafts": "DRAFTS CHANGED", "title": "SAYS"}
DETAILS = ("id", "says", "state", "template", "version", "since", "reason", "decisions", "cases", "before", "after")


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="preferences")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, as_json: AsJson = False) -> None:
    """List the preferences, those in force first."""
    if context.invoked_subcommand is None:
        list_(as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the preferences, those in force first."""
    from aios.workspace.reading import preferences  # the kernel is not for those who ask for help

    with opened() as kernel, kernel.database.read() as connection:
        found = preferences.read_all(connection)
    rows = [
        {**fields(one), "state": _state(one.in_force), "drafts": len(one.changed), "title": one.says} for one in found
    ]
    listing(rows, COLUMNS, as_json, empty="Nothing is learned yet: correct drafts to two contacts in the same way.")


@app.command()
def show(preference_id: str, as_json: AsJson = False) -> None:
    """One preference: where it comes from, what it changed, and what you edited before and since."""
    from aios.workspace.reading import preferences

    with opened() as kernel, kernel.database.read() as connection:
        one = preferences.read_one(connection, preference_id)
    cases = list(dict.fromkeys(draft.case_id for draft in one.changed))
    details({**fields(one), "state": _state(one.in_force), "cases": cases}, DETAILS, as_json)


@app.command()
def off(preference_id: str) -> None:
    """Follow it no more, until it is switched on again."""
    from aios.memory.preferences import switch_off

    with opened() as kernel:
        switch_off(kernel.log, preference_id)
    typer.echo(f"{preference_id} is off.")


@app.command()
def on(preference_id: str) -> None:
    """Follow it again."""
    from aios.memory.preferences import switch_on

    with opened() as kernel:
        switch_on(kernel.log, preference_id)
    typer.echo(f"{preference_id} is on.")


def _state(in_force: bool) -> str:
    return "on" if in_force else "off"
