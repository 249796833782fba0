"""`aios memory why | influence | repair`: what influenced what, and what to do when it was wrong."""

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, fields, listing, say_json, tame

if TYPE_CHECKING:  # what shows help needs no kernel
    from aios.links.repair import Repair

AnyId = Annotated[str, typer.Argument(help="The id of an item, event, effect, decision, artifact, rule or policy.")]
REASONS = {"depth": "FAR", "kind": "KIND", "relation": "HOW", "title": "TITLE", "id": "ID"}
THINGS = {"kind": "KIND", "state": "STATE", "title": "TITLE", "id": "ID"}


def register(memory: typer.Typer) -> None:
    """Add the commands to those of memory."""
    for command in (why, influence, repair):
        memory.command()(command)


def why(id_: AnyId, as_json: AsJson = False) -> None:
    """Why something is believed or was done: everything it rests on, the nearest first."""
    with opened() as kernel:
        found = kernel.links.why(id_)
    if as_json:
        say_json(fields(found))
        return
    typer.echo(f"{tame(found.thing.title)} rests on:\n")
    rows = [{**fields(one.thing), "depth": one.depth, "relation": one.relation} for one in found.reasons]
    listing(rows, REASONS, as_json, empty="Nothing that is linked.")
    if found.notice:
        typer.echo(found.notice)


def influence(
    id_: AnyId,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many cases.")] = 20,
    before: Annotated[int, typer.Option(min=0, help="Go on behind an earlier page: its `next`.")] = 0,
    as_json: AsJson = False,
) -> None:
    """What something influenced: cases, and what in each rests on it."""
    with opened() as kernel:
        found = kernel.links.influence(id_, limit=limit, before=before)
    if as_json:
        say_json(fields(found))
        return
    counts = [f"{number} {word}" for word, number in (*found.effects.items(), *found.decisions.items())]
    typer.echo(f"{tame(found.thing.title)}: {found.case_count} cases; {', '.join(counts) or 'nothing else'}.\n")
    rows = [fields(thing) for one in found.cases for thing in (one.case, *one.effects, *one.decisions, *one.artifacts)]
    listing([*map(fields, found.items), *rows], THINGS, as_json, empty="It influenced nothing yet.")
    if found.next:
        typer.echo(f"More: aios memory influence {id_} --before {found.next}")


def repair(
    item_id: Annotated[str, typer.Argument(help="An item that is no longer believed.")],
    list_only: Annotated[bool, typer.Option("--list", help="Only say what rests on it.")] = False,
    after: Annotated[int, typer.Option(min=0, help="With --list: go on behind an earlier page, its `next`.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Run the open cases that rest on a retracted item again, and name what went out already."""
    with opened() as kernel:
        found = kernel.links.repairs(item_id, after) if list_only else kernel.links.repair(item_id, actor=OWNER)
    if as_json:
        say_json(fields(found))
        return
    _say_repair(found)
    if found.next:
        typer.echo(f"More: aios memory repair {item_id} --list --after {found.next}")


def _say_repair(found: "Repair") -> None:
    for one in found.cases:
        state = "runs again" if one.case.id in found.continued else one.state
        typer.echo(f"{one.case.id}  {state}, from {one.step}  {tame(one.case.title)}")
    for thing in found.sent:
        typer.echo(f"{thing.id}  went out; look whether it needs a correction")
    if not (found.cases or found.sent):
        typer.echo("Nothing that is open or went out rests on it.")
