"""`aios cases`: list them, read one, hold it, let it go on, run it again, end it."""

from typing import Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, listing, say_json, tame

app = typer.Typer(help="Cases: list, show, pause, resume, retry, cancel.")
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
        say_json({**found.case.__dict__, "cost_micros": found.cost_micros, "timeline": entries})
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
def cancel(case_id: CaseId) -> None:
    """End a case; what has not gone out will not."""
    with opened() as kernel:
        kernel.answers.cancel_case(case_id, OWNER)
    typer.echo(f"{case_id} is cancelled.")
