"""`aios payments`: how invoices and subscriptions at Stripe stand, as far as it has told."""

from typing import Annotated

import typer

from aios.cli.opened import opened
from aios.cli.output import AsJson, fields, listing

app = typer.Typer(help="Payments: list how invoices and subscriptions stand, failed ones (recoveries), poll Stripe.")
COLUMNS = {
    "object": "AT STRIPE",
    "kind": "KIND",
    "status": "STATUS",
    "amount": "AMOUNT",
    "due_at": "DUE",
    "as_of": "SINCE",
}

RECOVERY_COLUMNS = {
    "case_id": "CASE",
    "customer": "CUSTOMER",
    "amount": "AMOUNT",
    "attempt": "TRIES",
    "access": "ACCESS",
    "status": "STATUS",
    "waiting_on": "WAITS FOR",
    "outcome": "OUTCOME",
}
NOTHING_FAILED = "No failed payment is being recovered."

Kind = Annotated[str, typer.Option(help="invoice or subscription.")]
Status = Annotated[str, typer.Option(help="open, paid, void, active, past_due, canceled…")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="payments")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, kind: Kind = "", status: Status = "", as_json: AsJson = False) -> None:
    """List how invoices and subscriptions stand, what changed last first."""
    if context.invoked_subcommand is None:
        list_(kind, status, as_json)


@app.command("list")
def list_(kind: Kind = "", status: Status = "", as_json: AsJson = False) -> None:
    """List how invoices and subscriptions stand, what changed last first."""
    from aios.money import Money  # the kernel behind it is not for those who ask for help
    from aios.payments import standing

    with opened() as kernel, kernel.database.read() as connection:
        found = standing.listing(connection, kind=kind, status=status)
    rows = [fields(one) for one in found]
    if not as_json:
        rows = [{**row, "amount": str(Money(one.amount, one.currency))} for row, one in zip(rows, found, strict=True)]
    listing(rows, COLUMNS, as_json, empty="Stripe has told of no invoice and no subscription yet.")


@app.command("recoveries")
def recoveries_(
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended.")] = False, as_json: AsJson = False
) -> None:
    """List failed payments under recovery, and whether what they are for goes on meanwhile."""
    from aios.money import Money  # as above
    from aios.processes.recoveries import recoveries

    with opened() as kernel, kernel.database.read() as connection:
        found = recoveries(kernel, connection, ended=ended)
    rows = [each.fields() for each in found]
    if not as_json:
        rows = [
            {**row, "amount": str(Money(each.amount, each.currency))} for row, each in zip(rows, found, strict=True)
        ]
    listing(rows, RECOVERY_COLUMNS, as_json, empty="No failed payment has ended." if ended else NOTHING_FAILED)


@app.command()
def poll() -> None:
    """Ask Stripe now what has happened; what came by webhook is not taken twice."""
    with opened() as kernel:
        taken = kernel.payment_events.poll()
        configured = kernel.payment_events.configured
    typer.echo(f"{len(taken)} new events." if configured else "No account at Stripe is set (STRIPE_API_KEY).")
