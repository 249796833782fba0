"""`aios export` and `aios import`: a home as one file, and an empty home made from one."""

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, say_json, tame

EVERY = 50_000
"""So many done are worth a line on a long way."""

File = Annotated[Path, typer.Argument(help="The file, such as company.zip.", dir_okay=False)]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.command("export")(export)
    main.command("import")(import_)


def export(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write everything you own into one file of open formats; others may go on writing meanwhile."""
    from aios.portability import leaving  # the kernel behind it is not for those who ask for help

    with opened() as kernel:
        done = leaving.export(kernel, file, force=force, progress=_say_progress)
    if as_json:
        say_json(leaving.plain(done))
        return
    for name in done.skipped:
        typer.echo(f"Left out, since it is a link or its name is not portable: {tame(name)}", err=True)
    what = f"{done.events} events, {done.blobs} blobs and {done.documents} documents"
    typer.echo(f"{file} holds {what} ({done.size:,} bytes). Your mail is in it: keep it safe.")
    typer.echo(
        "Not in it: aios.toml and credentials, for they hold your passwords and keys, and files in the inbox that wait."
    )


def import_(file: File, as_json: AsJson = False) -> None:
    """Make an empty home the one that the file holds. Nothing goes out of it until you release that."""
    from aios.cli.home import only_one
    from aios.portability import arriving  # the kernel behind it is not for those who ask for help

    with opened(unfinished=True) as kernel, only_one(kernel.settings.home):
        done = arriving.import_(kernel, file, progress=_say_progress)
        home = kernel.settings.home
    if as_json:
        say_json(arriving.plain(done))
        return
    if done.began:
        typer.echo(f"An earlier import was broken off; this one {BEGAN[done.began]}.")
    what = f"{done.events} events, {done.blobs} blobs and {done.documents} documents"
    typer.echo(f"{home} now holds {what}; {done.indexed} pieces of memory are indexed.")
    if done.notice:
        typer.echo(done.notice, err=True)
    typer.echo(f"Settings do not travel: write {home / 'aios.toml'} anew.")
    typer.echo("Everything that goes out is stopped. When the old home sends nothing more: aios effects release")


BEGAN = {"anew": "started anew", "finished": "finished it"}


def _say_progress(what: str, done: int) -> None:
    if done % EVERY == 0:
        typer.echo(f"{done:,} {what} …", err=True)
