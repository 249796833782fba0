"""`aios memory fact` and `facts`: what is known of a contact or the business, predicate by predicate."""

from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, listing, say_json, tame

ASubject = Annotated[str, typer.Argument(help="A contact's id, from `aios contacts`, or business.")]
COLUMNS = {
    "item_id": "ITEM",
    "label": "WHAT",
    "value": "VALUE",
    "trust": "WORD OF",
    "confidence": "SURE",
    "valid_from": "FROM",
    "valid_to": "UNTIL",
}
_SAID = {
    "learned": "{predicate} is {value} ({item_id}).",
    "superseded": "{predicate} is {value} ({item_id}); it was {before}.",
    "confirmed": "{predicate} was {value} already ({item_id}).",
    "asked": "It contradicts {before}; say which is right: aios decisions show {decision_id}",
}


def register(memory: typer.Typer) -> None:
    """Add the commands to those of memory."""
    memory.command()(fact)
    memory.command()(facts)


def fact(
    subject: ASubject,
    predicate: Annotated[str, typer.Argument(help="What is known, such as role, phone or location.")],
    value: Annotated[str, typer.Argument(help="Its value.")],
    valid_from: Annotated[str, typer.Option("--from", help="Since when, such as 2026-05-03; without it, now.")] = "",
    valid_to: Annotated[str, typer.Option("--to", help="Until when.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell a fact; of a predicate with one value, it supersedes the older one."""
    from aios.memory.claim import Claim

    claim = Claim(
        subject=subject,
        predicate=predicate,
        value=value,
        source="owner",
        trust="owner",
        valid_from=valid_from,
        valid_to=valid_to,
    )
    with opened() as kernel:
        made = kernel.facts.learn([claim], "owner")[0].model_dump()
    if as_json:
        say_json(made)
    else:
        typer.echo(tame(_SAID[made["outcome"]].format_map(made)))


def facts(
    subject: ASubject,
    at: Annotated[str, typer.Option(help="What holds at this time, such as 2026-05-03.")] = "",
    known_at: Annotated[str, typer.Option(help="What was believed at this time.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what is known of a contact or the business."""
    with opened() as kernel, kernel.database.read() as connection:
        found = [one.model_dump() for one in kernel.facts.known(connection, subject, at=at, known_at=known_at)]
    listing(found, COLUMNS, as_json, empty="Nothing is known of them yet. Tell it with `aios memory fact`.")
