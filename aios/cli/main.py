"""The `aios` command: joins the command families, and turns every error into one sentence with its remedy."""

import os
import sys

import typer
from typer.exceptions import TyperException

from aios.cli import (
    calendar,
    cases,
    chaos,
    connectors,
    contacts,
    costs,
    credentials,
    decisions,
    effects,
    events,
    finance,
    ingest,
    invoices,
    late,
    ledger,
    memory,
    open_items,
    orders,
    payments,
    portability,
    preferences,
    quarantine,
    rebuild,
    statements,
)
from aios.errors import AiosError

app = typer.Typer(
    name="aios",
    help="A workspace from which one person runs a company.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for family in (
    late,
    ingest,
    invoices,
    open_items,
    orders,
    statements,
    ledger,
    finance,
    decisions,
    calendar,
    cases,
    contacts,
    effects,
    connectors,
    credentials,
    payments,
    quarantine,
    memory,
    preferences,
    costs,
    events,
    rebuild,
    portability,
    chaos,
):
    family.register(app)


def main() -> None:
    """Run the command line. Exit codes: 0 ok, 1 failed, 2 wrong use."""
    try:
        result = app(standalone_mode=False)
    except TyperException as error:
        if said := error.format_message():  # empty where the help was shown already
            _say(f"{said.rstrip('.')}. See `aios --help`.")
        sys.exit(2)
    except (typer.Abort, KeyboardInterrupt):
        _say("Stopped.")
        sys.exit(1)
    except AiosError as error:
        _say(str(error))
        sys.exit(1)
    except Exception as error:
        if os.environ.get("AIOS_TRACEBACK"):
            raise
        kind = type(error).__name__
        _say(f"aios met an error it has no name for: {kind}: {error}. Run it again with AIOS_TRACEBACK=1 to see where.")
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
