"""`aios cases`: list them, read one, hold it, let it go on, run it again, roll it back, end it."""

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, fields, listing, say_json, tame

if TYPE_CHECKING:
    from aios.effects.rollback_plan import Plan

app = typer.Typer(help="Cases: list, show, pause, resume, retry, rollback, cancel.")
COLUMNS = {"id": "CASE", "status": "STATUS", "step": "STEP", "outcome": "OUTCOME", "title": "TITLE", "reason": "REASON"}

Status = Annotated[str, typer.Option(help="open, waiting, failed or closed.")]
Process = Annotated[str, typer.Option(help="Only cases of this process.")]
Words = Annotated[str, typer.Option("--query", "-q", help="Words of the title, or part of the id.")]
CaseId = Annotated[str, typer.Argument(help="Such as lead-0001.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="cases")


@app.callback(invoke_without_command=True)
def default(
    context: typer.Context, status: Status = "", process: Process = "", query: Words = "", as_json: AsJson = False
) -> None:
    """List cases, the latest change first."""
    if context.invoked_subcommand is None:
        list_(status, process, query, as_json)


@app.command("list")
def list_(status: Status = "", process: Process = "", query: Words = "", as_json: AsJson = False) -> None:
    """List cases, the latest change first."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.cases.list(connection, status=status, process=process, q=query)
    listing(found, COLUMNS, as_json, empty="No case fits. `aios ingest FILE` opens one for a lead.")


@app.command()
def show(case_id: CaseId, as_json: AsJson = False) -> None:
    """One case with its timeline."""
    from aios.workspace.reading import case as reading  # the kernel behind it is not for those who ask for help

    with opened() as kernel, kernel.database.read() as connection:
        found = reading.read(kernel, connection, case_id)
    if as_json:
        entries = [entry.__dict__ for entry in reversed(found.entries)]
        kept = found.kept.__dict__ if found.kept else None
        about = {"cost_micros": found.cost_micros, "working_context": kept, "timeline": entries}
        say_json({**found.case.__dict__, **about})
        return
    names = ("id", "title", "process", "status", "paused", "step", "waiting_on", "outcome", "reason", "remedy")
    details(found.case, names, as_json)
    for entry in reversed(found.entries):
        typer.echo(f"{entry.at[:19].replace('T', ' ')}  {tame(entry.title)}")


@app.command()
def pause(case_id: CaseId, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Hold a case: no step runs and nothing goes out until it is resumed."""
    with opened() as kernel:
        kernel.cases.pause(case_id, actor=OWNER, reason=reason)
    typer.echo(f"{case_id} is paused.")


@app.command()
def resume(case_id: CaseId) -> None:
    """Let a paused case go on."""
    with opened() as kernel:
        kernel.cases.resume(case_id, actor=OWNER)
    typer.echo(f"{case_id} goes on.")


@app.command()
def retry(case_id: CaseId, step: Annotated[str, typer.Option(help="Run again from here.")] = "") -> None:
    """Run a case again from a step; effects already made are not made again."""
    from aios.workspace.filters import human  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        kernel.cases.retry(case_id, actor=OWNER, step=step)
    typer.echo(f"{case_id} runs again{f' from {human(step)}' if step else ''} as soon as aios is up.")


@app.command()
def rollback(
    case_id: CaseId,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done; nothing is.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Undo a case: what has not gone out will not, what has is compensated, the latest first. Says how, and asks."""
    from aios.effects import rollback_plan  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        found = rollback_plan.read(kernel.rollback, case_id)
        _say_plan(found, to_stderr=as_json or not plan)
        if not plan:
            if not yes:
                typer.confirm(f"Roll {case_id} back?", abort=True, err=True)
            kernel.rollback.start(case_id, OWNER)
    if as_json:
        say_json({**fields(found), "started": not plan})
    elif plan:
        typer.echo(found.refused or f"Nothing was done. Do it: aios cases rollback {case_id}")
    else:
        typer.echo(f"{case_id} is rolled back as soon as aios is up; what needs you comes up in `aios decisions`.")


def _say_plan(plan: "Plan", *, to_stderr: bool) -> None:
    for each in plan.steps:
        by = f" by {each.undo}" if each.undo else ""
        typer.echo(f"{each.does:<10} {each.connector} {each.operation}{by}: {tame(each.words)}", err=to_stderr)
        for note in filter(None, (each.doubt, *(f"{c.field}: {c.before} → {c.after}" for c in each.differs))):
            typer.echo(f"{'':<10} {tame(note)}", err=to_stderr)
    if not plan.steps:
        typer.echo("Nothing of it went out; it only ends.", err=to_stderr)
    if plan.besides:
        typer.echo(plan.besides, err=to_stderr)


@app.command()
def cancel(case_id: CaseId) -> None:
    """End a case; what has not gone out will not."""
    with opened() as kernel:
        kernel.answers.cancel_case(case_id, OWNER)
    typer.echo(f"{case_id} is cancelled.")
