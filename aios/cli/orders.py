"""`aios orders`: what you have ordered and contracted; invoices that come in are held against it."""

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, listing

app = typer.Typer(help="What you have ordered: invoices that come in are held against it.", no_args_is_help=True)
COLUMNS = {"number": "NUMBER", "kind": "KIND", "supplier": "SUPPLIER", "sum": "SUM", "text": "TEXT"}


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="orders")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, YAML or JSON: number, supplier, …")],
) -> None:
    """Take in orders and contracts from a file; one that is known is replaced where it says something else."""
    from aios.billing.order_file import read_orders

    found = read_orders(file.name, file.read_bytes())
    with opened() as kernel:
        new = kernel.billing.orders.record(found, actor=OWNER)
    typer.echo(f"{len(found)} orders and contracts, {new} of them new or changed.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List them, the newest first."""
    from aios.money import Money

    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.billing.orders.all(connection)
    rows = [{**vars(each), "sum": str(Money(each.minor, each.currency))} for each in found]
    listing(rows, COLUMNS, as_json, empty="No orders are known. Take some in: aios orders add FILE")
