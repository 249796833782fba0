"""`aios ledger`: the books as balances, entries and files for other programs; an entry is corrected, not edited."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, listing, say_json, tame

if TYPE_CHECKING:
    from aios.books.books import Balance
    from aios.books.entry import Entry

app = typer.Typer(help="The books: balances, entries, export, chart, check.", no_args_is_help=True)
BALANCES = {
    "account": "ACCOUNT",
    "name": "NAME",
    "kind": "KIND",
    "debit": "DEBIT",
    "credit": "CREDIT",
    "sum": "BALANCE",
}
ENTRIES = {
    "number": "NUMBER",
    "day": "DAY",
    "debit": "DEBIT",
    "credit": "CREDIT",
    "sum": "SUM",
    "title": "TEXT",
    "note": "NOTE",
}
CHART = {"account": "ACCOUNT", "name": "NAME", "kind": "KIND"}

Until = Annotated[str, typer.Option(help="Up to this day, such as 2026-11-25.")]
After = Annotated[str, typer.Option(help="From this day on.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="ledger")


@app.command()
def balances(until: Until = "", as_json: AsJson = False) -> None:
    """What stands on each account: debits, credits, and the difference."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.books.balances(connection, until=_day(until))
    if as_json:
        say_json([{**vars(each), "minor": each.minor} for each in found])
        return
    listing([_balance(each) for each in found], BALANCES, as_json=False, empty="Nothing is booked yet.")


@app.command()
def entries(
    account: Annotated[str, typer.Option(help="Only those on this account.")] = "",
    case: Annotated[str, typer.Option(help="Only those of this case.")] = "",
    after: After = "",
    until: Until = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest ones, so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the entries, the newest last."""
    with opened() as kernel, kernel.database.read() as connection:
        given = {"account": account, "case_id": case, "after": _day(after), "until": _day(until)}
        found = kernel.books.entries(connection, limit=limit, **given)
    if as_json:
        say_json([{**vars(each), "postings": [line.model_dump() for line in each.postings]} for each in found])
        return
    rows = [row for each in found for row in _rows(each)]
    listing(rows, ENTRIES, as_json=False, empty="Nothing is booked yet.")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it.")],
    form: Annotated[Literal["csv", "datev", "ledger"], typer.Option("--format", help="For which program.")] = "csv",
    after: After = "",
    until: Until = "",
) -> None:
    """Write the entries for another program: a table, DATEV's columns, or plain-text accounting (ledger, hledger)."""
    from aios.books.exports import exported

    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.books.entries(connection, after=_day(after), until=_day(until), limit=None)
        text = exported(found, kernel.books.chart, form)
    file.write_text(text, "utf-8-sig" if form == "datev" else "utf-8", newline="")
    typer.echo(f"{file} holds {len(found)} {'entry' if len(found) == 1 else 'entries'}.")


@app.command()
def chart(as_json: AsJson = False) -> None:
    """List the accounts: those of chart.yaml in AIOS_HOME, or the ones that are shipped."""
    with opened() as kernel:
        accounts = kernel.books.chart.accounts
    rows = [{"account": number, "name": each.name, "kind": each.kind} for number, each in sorted(accounts.items())]
    listing(rows, CHART, as_json)


@app.command()
def correct(
    key: Annotated[str, typer.Argument(help="The entry's key, such as invoice-0001/booking.")],
    text: Annotated[str, typer.Option(help="Why.")] = "Taken back by the owner",
) -> None:
    """Take an entry back by a further one; both stay in the books."""
    with opened() as kernel, kernel.database.write() as tx:
        entry = kernel.books.take_back(tx, key, text[:200], OWNER)
    typer.echo(f"{key} is taken back by {entry.key}.")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Add everything up again: accounts balance, no number is missing, no entry is empty."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.books.problems(connection)
    if as_json:
        say_json({"ok": not found, "problems": found})
    else:
        typer.echo("The books are right." if not found else "\n".join(tame(each) for each in found))
    raise typer.Exit(1 if found else 0)


def _day(text: str) -> str:
    from aios.books.books import require_day

    return require_day(text) if text else ""


def _balance(each: "Balance") -> dict[str, Any]:
    from aios.money import Money

    sums = {"debit": each.debit, "credit": each.credit, "sum": each.minor}
    said = {name: str(Money(minor, each.currency)) for name, minor in sums.items()}
    return {**vars(each), **said, "kind": each.kind or "not in the chart"}


def _rows(entry: "Entry") -> list[dict[str, Any]]:
    from aios.books.exports import number_of
    from aios.money import Money

    note = f"corrects {entry.corrects}" if entry.corrects else f"corrected by {entry.corrected_by}"
    told = {"day": entry.day, "title": entry.text, "note": note if entry.corrects or entry.corrected_by else ""}
    return [
        {
            "number": number_of(entry),
            "debit": each.debit,
            "credit": each.credit,
            "sum": str(Money(each.minor, entry.currency)),
            **told,
        }
        for each in entry.postings
    ]
