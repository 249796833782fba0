"""The commands whose modules need most of aios: they are imported when the command runs, and not to show its help."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    app.command("demo")(demo)
    app.command("doctor")(doctor)


def up() -> None:
    """Start everything: Chroma, Dagster, the workspace. Ctrl-C ends it all."""
    from aios.cli import up as everything

    everything.up()


def demo() -> None:
    """Start everything and feed it the example inbox. Ctrl-C ends it all."""
    from aios.cli import up as everything

    everything.demo()


def doctor(as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False) -> None:
    """Check settings, stores, ports, models and connectors."""
    from aios.cli import doctor as checks

    checks.doctor(as_json)
