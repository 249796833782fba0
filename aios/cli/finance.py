"""`aios finance`: open items, their age, what will come in, VAT, revenue, profit; the report; rules run again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aios.cli.open_items import day_of, open_
from aios.cli.opened import opened
from aios.cli.output import AsJson, fields, listing, say_json

if TYPE_CHECKING:
    from aios.finance.month import Month
    from aios.kernel import Kernel
    from aios.processes.booking_review import Reviewed

app = typer.Typer(help="Figures: open items, age, forecast, VAT, revenue, profit.", no_args_is_help=True)
app.command("open")(open_)
AGING = {"side": "SIDE", "step": "DAYS OVERDUE", "invoices": "INVOICES", "open": "OPEN"}
FORECAST = {"week": "WEEK FROM", "expected": "EXPECTED", "due": "BY TERMS", "invoices": "INVOICES", "habit": "BY HABIT"}
VAT = {"what": "WHAT", "category": "CATEGORY", "rate": "RATE", "account": "ACCOUNT", "basis": "ON", "tax": "TAX"}
REVENUE = {"name": "CUSTOMER", "invoices": "INVOICES", "net": "REVENUE"}
REVIEW = {
    "case_id": "CASE",
    "name": "SUPPLIER",
    "number": "ENTRY",
    "before": "BOOKED",
    "after": "WOULD BE",
    "verdict": "BY POLICY",
}
PROFIT = {"kind": "KIND", "account": "ACCOUNT", "name": "NAME", "minor": "SUM"}
SIDES = {"receivable": "owed to you", "payable": "you owe"}
NOTHING = "Nothing is open."

On = Annotated[str, typer.Option("--on", help="At the end of this day, such as 2026-11-25; today if left out.")]
InMonth = Annotated[str, typer.Option("--month", help="Such as 2026-10; the running month if left out.")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="finance")


@app.command()
def aging(on: On = "", as_json: AsJson = False) -> None:
    """Show what is open by how many days it is overdue."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.finance.owed(connection, day_of(on, kernel.clock.now().date())).aging
    _list(found, AGING, ("open",), as_json, NOTHING)


@app.command()
def forecast(on: On = "", as_json: AsJson = False) -> None:
    """Show what will come in by week: each invoice when it is due, moved by how late its customer usually pays."""
    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.finance.owed(connection, day_of(on, kernel.clock.now().date())).forecast
    if as_json:
        say_json([fields(each) for each in found])
        return
    rows = [
        {
            **_told(each, "expected", "due"),
            "week": f"{each.week} on" if each.later else each.week,
            "habit": each.by_habit,
        }
        for each in found
    ]
    listing(rows, FORECAST, as_json=False, empty="Nobody owes you anything.")


@app.command()
def vat(month: InMonth = "", as_json: AsJson = False) -> None:
    """Show what you owe the tax office for a month and what you deduct, per kind, category and rate."""
    from aios.finance.vat import payable

    with opened() as kernel, kernel.database.read() as connection:
        asked = _month(kernel, month)
        found = kernel.finance.vat(connection, asked)
    if as_json:
        say_json({"month": str(asked), "lines": [fields(each) for each in found], "payable": payable(found)})
        return
    rows = [{**_told(each, "basis", "tax"), "what": f"{each.side} {each.kind}"} for each in found]
    listing(rows, VAT, as_json=False, empty=f"Nothing with VAT was booked in {asked}.")
    _sums("to be paid", payable(found))


@app.command()
def revenue(month: InMonth = "", as_json: AsJson = False) -> None:
    """List what each customer brought in a month, net, the most first."""
    with opened() as kernel, kernel.database.read() as connection:
        asked = _month(kernel, month)
        found = kernel.finance.revenue(connection, asked)
    if as_json:
        say_json([fields(each) for each in found])
        return
    rows = [{**_told(each, "net"), "name": each.customer or "without an invoice"} for each in found]
    listing(rows, REVENUE, as_json=False, empty=f"Nothing was earned in {asked}.")


@app.command()
def profit(month: InMonth = "", as_json: AsJson = False) -> None:
    """Show income and expenses of a month by account, and the result."""
    from aios.finance.profit import results

    with opened() as kernel, kernel.database.read() as connection:
        asked = _month(kernel, month)
        found = kernel.finance.profit(connection, asked)
    if as_json:
        say_json({"month": str(asked), "lines": [fields(each) for each in found], "result": results(found)})
        return
    _list(found, PROFIT, ("minor",), as_json=False, empty=f"Nothing was earned or spent in {asked}.")
    _sums("result", results(found))


@app.command()
def report(
    month: Annotated[str, typer.Argument(help="Such as 2026-10.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="The folder for the files.")] = Path(),
) -> None:
    """Write the report of a month, as Markdown and PDF."""
    from aios.finance.month import require_month
    from aios.finance.report import report as made_of
    from aios.finance.report_forms import as_markdown, as_pdf

    asked = require_month(month)
    with opened() as kernel, kernel.database.read() as connection:
        today, business = kernel.clock.now().date(), kernel.settings.aios_business_name
        made = made_of(kernel.finance, connection, asked, today, business)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{asked}.md").write_text(as_markdown(made), "utf-8")
    (out / f"{asked}.pdf").write_bytes(as_pdf(made))
    typer.echo(f"{out / str(asked)}.md and .pdf: {made.note}")


@app.command()
def rerun(
    month: Annotated[str, typer.Argument(help="Such as 2026-10.")],
    apply: Annotated[bool, typer.Option("--apply", help="Ask for a decision to correct what differs.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List invoices that stay as they are, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what chart, hints and policies would book otherwise now for the invoices that came in; nothing is booked."""
    from aios.finance.month import require_month
    from aios.processes.booking_review import corrections, review

    asked = require_month(month)
    with opened() as kernel:
        with kernel.database.read() as connection:
            found = review(kernel, connection, asked)
            wanted = corrections(kernel, connection, asked) if apply else []
        decision = kernel.rebooking.ask(str(asked), wanted) if apply else ""
    shown = [each for each in found if every or each.changes]
    if as_json:
        say_json({"month": str(asked), "invoices": [fields(each) for each in shown], "decision": decision})
        return
    empty = f"All {len(found)} invoices of {asked} would be booked as they are."
    listing([_reviewed(each) for each in shown], REVIEW, as_json=False, empty=empty)
    if decision:
        typer.echo(f"Decide about it: aios decisions show {decision}")
    elif shown and not every:
        typer.echo(f"Nothing is booked yet. To correct them: aios finance rerun {asked} --apply")


def _reviewed(each: "Reviewed") -> dict[str, Any]:
    verdict = each.outcome if each.outcome == "allow" else f"{each.outcome} ({each.rule})"
    said = {"before": each.before.replace("\n", "; "), "after": each.after.replace("\n", "; ")}
    return {
        **fields(each),
        **said,
        "name": each.supplier,
        "after": said["after"] if each.changes else "the same",
        "verdict": verdict,
    }


def _list(found: Sequence[Any], columns: Mapping[str, str], sums: Sequence[str], as_json: bool, empty: str) -> None:
    rows = [fields(each) for each in found] if as_json else [_told(each, *sums) for each in found]
    listing(rows, columns, as_json, empty=empty)


def _told(line: Any, *sums: str) -> dict[str, Any]:
    """The fields of a line, sums and sides as people read them."""
    from aios.money import Money

    plain = fields(line)
    said = {name: str(Money(plain[name], plain["currency"])) for name in sums}
    return {**plain, **said, "side": SIDES.get(plain.get("direction", ""), "")}


def _sums(what: str, by_currency: Mapping[str, int]) -> None:
    from aios.money import Money

    for currency, minor in by_currency.items():
        typer.echo(f"{what}: {Money(minor, currency)}")


def _month(kernel: "Kernel", text: str) -> "Month":
    from aios.finance.month import Month, require_month

    return require_month(text) if text else Month.of(kernel.clock.now().date())
