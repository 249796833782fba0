"""`aios up` starts everything in the foreground; `aios demo` does that and feeds it the example inbox."""

import os
from collections.abc import Callable, Iterator

import typer

from aios.cli.dagster_storage import why_stock
from aios.cli.demo import follow
from aios.cli.home import only_one, prepare_home
from aios.cli.stack import build_stack, check_ports
from aios.cli.store import require_database
from aios.cli.supervisor import Supervisor
from aios.cli.vector_files import remove_dropped
from aios.forgetting.finishing import finish
from aios.kernel import open_kernel
from aios.settings import Settings, load_settings
from aios.workspace.guard.hosts import check_exposure

WhenReady = Callable[[Settings], Iterator[None]]


def up() -> None:
    """`aios up`."""
    run(load_settings(os.environ), _nothing_more)


def demo() -> None:
    """`aios demo`."""
    run(load_settings(os.environ), lambda settings: follow(settings, say))


def run(settings: Settings, then: WhenReady) -> None:
    """Prepare the home, run the parts until Ctrl-C, and do `then` step by step once all are ready."""
    with only_one(settings.home) as lock:
        check_exposure(settings)
        check_ports(settings)
        require_database(settings)
        say(f"aios in {settings.home}")
        if put_there := prepare_home(settings):
            settings = load_settings(os.environ)  # who the owner is stands in what was put there
        for line in put_there:
            say(f"  {line}")
        if reason := why_stock(settings):
            say(f"  {reason}")
        live = open_first(settings)
        if settings.aios_chroma_url is None:
            remove_dropped(settings.home / "chroma")
        parts = build_stack(settings)
        say(f"Starting {', '.join(part.name for part in parts)} (logs in {settings.home / 'logs'})")

        def ready() -> Iterator[None]:
            finish_forgetting(settings)
            for line in _where_to_look(settings, live):
                say(line)
            yield from then(settings)

        Supervisor(parts, settings.home, say, lock).run(ready)
    say("Everything has stopped.")


def open_first(settings: Settings) -> tuple[str, ...]:
    """Bring the database to this version and take over the policy file, before several processes need them.

    Returns the connectors that act outside.
    """
    kernel = open_kernel(settings)
    try:
        if kernel.policies.install_default():
            say(f"  The rules of what may go out by itself are in {kernel.policies.file}.")
        result = kernel.policies.reload()
        if result.outcome == "refused":
            say(f"  {kernel.policies.file} was refused (line {result.line}: {result.reason}); the last good one holds.")
        with kernel.database.read() as connection:
            return kernel.gate.modes.live(connection, kernel.connectors.contracts)
    finally:
        kernel.close()


def finish_forgetting(settings: Settings) -> None:
    """Go on with the forgetting of a person that was broken off, now that every part answers."""
    kernel = open_kernel(settings)
    try:
        if notice := finish(kernel):
            say(f"  {notice}")
    finally:
        kernel.close()


def say(line: str) -> None:
    """A line for the person in front of the terminal."""
    typer.echo(line)


def _nothing_more(_settings: Settings) -> Iterator[None]:
    return iter(())


def _where_to_look(settings: Settings, live: tuple[str, ...]) -> list[str]:
    mode = f"LIVE: {', '.join(live)}" if live else "sandbox: nothing leaves this machine"
    return [
        "",
        f"Ready. Open the workspace:  {settings.workspace_url}",
        f"        Dagster:             {settings.dagster_url}",
        f"        Drop mails and lists into {settings.home / 'inbox'}  (.eml, .json, .csv)",
        f"        Mode: {mode}. Ctrl-C ends everything.",
        "",
    ]
