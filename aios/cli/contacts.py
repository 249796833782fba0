"""`aios contacts`: who writes to us, and who is the same."""

from typing import Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, fields, listing

app = typer.Typer(help="Contacts: list, show, merge, unmerge.")
COLUMNS = {"id": "CONTACT", "kind": "KIND", "name": "NAME", "organisation": "ORGANISATION", "aliases": "ALIASES"}

Words = Annotated[str, typer.Option("--query", "-q", help="Part of a name, address or number.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="contacts")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, query: Words = "", as_json: AsJson = False) -> None:
    """List contacts by name."""
    if context.invoked_subcommand is None:
        list_(query, as_json)


@app.command("list")
def list_(query: Words = "", as_json: AsJson = False) -> None:
    """List contacts by name."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.contacts.list(connection, q=query)
    rows = [{**fields(one), "aliases": [alias.value for alias in one.aliases]} for one in found]
    listing(rows, COLUMNS, as_json, empty="Nobody fits.")


@app.command()
def show(contact_id: str, as_json: AsJson = False) -> None:
    """One contact with what leads to it."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.contacts.get(connection, contact_id)
    row = {**fields(found), "aliases": [alias.value for alias in found.aliases]}
    details(row, ("id", "kind", "name", "organisation", "language", "note", "aliases", "merged_from", "cases"), as_json)


@app.command()
def merge(kept: str, merged: str, reason: Annotated[str, typer.Option(help="Why.")] = "the owner says so") -> None:
    """MERGED is KEPT from now on; `unmerge` takes it back."""
    with opened() as kernel:
        into = kernel.contacts.merge(kept, merged, reason, OWNER)
    typer.echo(f"{merged} is {into} from now on.")


@app.command()
def unmerge(merged: str, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """The merge was wrong."""
    with opened() as kernel:
        left = kernel.contacts.unmerge(merged, reason, OWNER)
    typer.echo(f"{merged} stands by itself again; it was {left}.")
