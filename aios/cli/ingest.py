"""`aios ingest`: take in files from the command line."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, listing

COLUMNS = {"file": "FILE", "became": "BECAME", "case_id": "CASE", "name": "SUBJECT", "reason": "REASON"}


def register(main: typer.Typer) -> None:
    """Add the command."""
    main.command("ingest")(ingest)


def ingest(
    paths: Annotated[
        list[Path],
        typer.Argument(
            exists=True, help="Files, or folders with files: mails, forms, lists, bank statements, calendars, invoices."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Take in files. The same one twice is known; a broken one is quarantined with its reason."""
    said: list[dict[str, object]] = []
    with opened() as kernel:
        for file in _files(paths):
            for receipt in kernel.intake.receive_file(file.name, file.read_bytes()):
                became = "quarantined" if receipt.quarantined else "known already" if receipt.duplicate else "taken in"
                said.append({"file": str(file), "became": became, **receipt.__dict__})
    listing(said, COLUMNS, as_json, empty="There was no file.")


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        else:
            yield from sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
