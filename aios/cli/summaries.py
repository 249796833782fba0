"""`aios memory summary`: what happened so far with a contact, and which events say so."""

from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, fields, say_json, tame


def register(memory: typer.Typer) -> None:
    """Add the command to those of memory."""
    memory.command()(summary)


def summary(
    contact_id: Annotated[str, typer.Argument(help="A contact's id, from `aios contacts`.")],
    as_json: AsJson = False,
) -> None:
    """What happened so far in a contact's closed cases, in their own words; hygiene makes it anew each night."""
    with opened() as kernel:
        with kernel.database.read() as connection:
            item = kernel.summaries.of(connection, contact_id)
        found = kernel.memory.show(item.item_id) if item else None
    if as_json:
        say_json(fields(found) if found else None)
    elif found is None:
        typer.echo("No case of theirs has closed, or hygiene has not run since; it makes summaries each night.")
    else:
        typer.echo(f"{tame(found.title)} ({found.item_id}, version {found.version})\n{tame(found.text)}")
        typer.echo(f"Rests on {len(found.source_events) - 1} events: aios memory why {found.item_id}")
