"""`aios decisions`: the owner's queue on the command line."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aios.cli.editing import edit_fields, parse_fields
from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, listing, say_json, tame
from aios.errors import InvalidInput

if TYPE_CHECKING:
    from aios.decisions.decisions import Decision, Verdict
    from aios.decisions.shown import Shown
    from aios.kernel import Kernel

app = typer.Typer(help="Decisions: list, show, approve, edit, reject, revise, snooze.")
COLUMNS = {
    "id": "DECISION",
    "case_id": "CASE",
    "status": "STATUS",
    "confidence": "SURE",
    "expires_at": "EXPIRES",
    "title": "TITLE",
}

Status = Annotated[str, typer.Option(help="open, approved, edited, rejected, revised, expired, void, or all.")]
DecisionId = Annotated[str, typer.Argument(help="Its id, or the id of the case that asks.")]
Version = Annotated[int | None, typer.Option(help="Answer only if it is still at this version.")]
Note = Annotated[str, typer.Option(help="Why, for the case's history.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="decisions")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, status: Status = "open", as_json: AsJson = False) -> None:
    """List what waits for you."""
    if context.invoked_subcommand is None:
        list_(status, as_json)


@app.command("list")
def list_(status: Status = "open", as_json: AsJson = False) -> None:
    """List decisions, oldest first."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.decisions.list(connection, status="" if status == "all" else status)
    listing(found, COLUMNS, as_json, empty="Nothing to decide.")


@app.command()
def show(decision_id: DecisionId, as_json: AsJson = False) -> None:
    """One decision with everything that is shown to you."""
    with opened() as kernel:
        decision, shown = _read(kernel, decision_id)
    if as_json:
        say_json({**decision.__dict__, "shown_digest": decision.shown, "shown": shown.model_dump(mode="json")})
        return
    details(
        decision, ("id", "title", "status", "version", "case_id", "confidence", "rule", "expires_at", "note"), False
    )
    if shown.impact.reversible:
        name = "cannot undo" if shown.impact.irreversible else "undo"
        typer.echo(f"{name:<14} {tame(shown.impact.reversible)}")
    for warning in shown.warnings:
        typer.echo(f"{'warning':<14} {tame(warning)}")
    for piece in shown.evidence:
        typer.echo(f"\n{tame(piece.label)} ({tame(piece.source)})\n{tame(piece.text)}")
    for name, value in shown.proposal.items():
        if value not in ("", [], ()):
            typer.echo(f"\n{name}:\n{tame(value)}")
    for change in shown.diff:
        typer.echo(f"\n{tame(change.field)} was:\n{tame(change.before)}")


@app.command()
def approve(decision_id: DecisionId, version: Version = None, note: Note = "") -> None:
    """Let it happen."""
    _give(decision_id, "approve", version, note)


@app.command()
def reject(decision_id: DecisionId, version: Version = None, note: Note = "") -> None:
    """Do not let it happen."""
    _give(decision_id, "reject", version, note)


@app.command()
def revise(
    decision_id: DecisionId,
    note: Annotated[str, typer.Option(help="What should be different.")],
    version: Version = None,
) -> None:
    """Send it back to the agent with feedback; it asks again."""
    _give(decision_id, "revise", version, note)


@app.command()
def edit(
    decision_id: DecisionId,
    changes: Annotated[list[str] | None, typer.Option("--set", help="field=value; without it $EDITOR opens.")] = None,
    version: Version = None,
    note: Note = "",
) -> None:
    """Change what goes out, and approve it."""
    with opened() as kernel:
        decision, shown = _read(kernel, decision_id)
        if not shown.editable:
            raise InvalidInput("Nothing of this decision can be edited.", "Approve, revise or reject it.")
        before = {name: shown.proposal.get(name, "") for name in shown.editable}
        edits = parse_fields(changes, shown.proposal) if changes else edit_fields(before)
        _answer(kernel, decision, "edit", version, note, edits)


@app.command()
def snooze(
    decision_id: DecisionId,
    hours: Annotated[float, typer.Option(min=0.1, max=720, help="When to ask again.")] = 24,
    version: Version = None,
) -> None:
    """Look at it later."""
    with opened() as kernel:
        decision, _ = _read(kernel, decision_id)
        until = kernel.clock.now() + timedelta(hours=hours)
        kernel.decisions.snooze(decision.id, version or decision.version, until, OWNER)
    typer.echo(f"{decision.id} comes back in {hours:g} hours.")


def _give(decision_id: str, verdict: "Verdict", version: int | None, note: str) -> None:
    with opened() as kernel:
        decision, _ = _read(kernel, decision_id)
        _answer(kernel, decision, verdict, version, note)


def _answer(
    kernel: "Kernel",
    decision: "Decision",
    verdict: "Verdict",
    version: int | None,
    note: str,
    edits: dict[str, Any] | None = None,
) -> None:
    wanted = decision.version if version is None else version
    answered = kernel.answers.give(decision.id, verdict, wanted, actor=OWNER, note=note, edits=edits)
    typer.echo(f"{answered.id} is {answered.status}.")


def _read(kernel: "Kernel", given: str) -> "tuple[Decision, Shown]":
    """The decision of that id, or the one open decision of the case of that id."""
    with kernel.database.read() as connection:
        asked = kernel.decisions.list(connection, status="open", case_id=given)
        if len(asked) > 1:
            ids = ", ".join(item.id for item in asked)
            raise InvalidInput(f"{given} asks more than one thing.", f"Choose one of {ids}.")
        decision = asked[0] if asked else kernel.decisions.get(connection, given)
        return decision, kernel.decisions.shown(connection, decision)
