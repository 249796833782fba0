"""`aios rebuild`: derive every table and index again from the log."""

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, say_json


def register(main: typer.Typer) -> None:
    """Add the command."""
    main.command("rebuild")(rebuild)


def rebuild(as_json: AsJson = False) -> None:
    """Derive every projection and the memory indexes again from the log; says what was different before."""
    from aios.events import integrity  # the store behind it is not for those who ask for help

    with opened() as kernel:
        before = integrity.projection_digests(kernel.log)
        events = integrity.rebuild(kernel.log)
        after = integrity.projection_digests(kernel.log)
        indexed = kernel.memory.reindex()
    mended = sorted(name for name in after if before.get(name) != after[name])
    if as_json:
        say_json({"events": events, "indexed": indexed, "mended": mended, "digests": after})
        return
    state = f"mended: {', '.join(mended)}" if mended else "every table was right already"
    typer.echo(f"Replayed {events} events; {state}. {indexed} pieces of memory are indexed.")
