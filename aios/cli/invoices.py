"""`aios invoices`: read and check one; take one in, list them, say that one is paid; draft or issue one of your own."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aios.cli.opened import OWNER, opened
from aios.cli.output import AsJson, details, listing, say_json, tame
from aios.errors import InvalidInput

if TYPE_CHECKING:
    from aios.invoices.finding import Finding
    from aios.invoices.reading import Reading

app = typer.Typer(
    help="Invoices: read, check, take in, list, say that one is paid, draft, issue.", no_args_is_help=True
)
LINES = {
    "id": "LINE",
    "name": "NAME",
    "quantity": "QUANTITY",
    "unit": "UNIT",
    "price": "PRICE",
    "net": "NET",
    "vat": "VAT",
}
RECEIVED = {
    "case_id": "CASE",
    "number": "NUMBER",
    "name": "SUPPLIER",
    "sum": "TO PAY",
    "due": "DUE",
    "paid_on": "PAID",
}
ISSUED = {
    "name": "NUMBER",
    "customer": "CUSTOMER",
    "sum": "TO PAY",
    "issued": "ISSUED",
    "due": "DUE",
}
FINDINGS = {"severity": "GRADE", "rule": "RULE", "sentence": "FINDING"}

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="UBL or CII XML, or a Factur-X or ZUGFeRD PDF.")
]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="invoices")


@app.command()
def read(file: File, as_json: AsJson = False) -> None:
    """Show what an invoice says: parties, lines, totals, payment. Of a PDF without data, what its text seems to say."""
    text = _text_only(file)
    if text is not None:
        _propose(text, as_json)
        return
    reading = _read(file)
    if as_json:
        say_json(_plain(reading))
        return
    _show(reading)


@app.command()
def check(
    file: File,
    schematron: Annotated[bool, typer.Option("--schematron", help="With the official rules; takes seconds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check an invoice by the rules of EN 16931. Ends with 1 where one is broken."""
    from aios.invoices.checks import check as run
    from aios.invoices.finding import refused

    reading = _read(file)
    found = run(reading)
    if schematron:
        found += _official(reading)
    if as_json:
        say_json({"ok": not refused(found), "findings": [asdict(each) for each in found], **_plain(reading)})
    else:
        _show(reading)
        _tell(found)
    raise typer.Exit(1 if refused(found) else 0)


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="XML, PDF or text, one each.")],
    as_json: AsJson = False,
) -> None:
    """Take in invoices to be checked, booked and paid. The same file twice is known."""
    said: list[dict[str, object]] = []
    with opened() as kernel:
        for file in files:
            receipt = kernel.intake.receive_invoice(file.name, file.read_bytes())
            became = "quarantined" if receipt.quarantined else "known already" if receipt.duplicate else "taken in"
            said.append({"file": str(file), "became": became, **receipt.__dict__})
    columns = {"file": "FILE", "became": "BECAME", "case_id": "CASE", "reason": "REASON"}
    listing(said, columns, as_json)
    if any(each["quarantined"] for each in said):
        raise typer.Exit(1)


@app.command("list")
def list_(
    unpaid: Annotated[bool, typer.Option("--unpaid", help="Only those that are not paid.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the invoices that came in, the newest first."""
    from aios.money import Money

    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.billing.received.newest(connection, unpaid=unpaid)
    rows = [{**vars(each), "name": each.supplier, "sum": str(Money(each.payable, each.currency))} for each in found]
    listing(rows, RECEIVED, as_json, empty="No invoice came in yet. Take one in: aios invoices add FILE")


@app.command()
def draft(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="JSON, YAML, UBL or CII, one each.")],
    as_json: AsJson = False,
) -> None:
    """Hand in drafts of your own invoices: you are asked, then each is issued, booked and sent. The same, once."""
    said: list[dict[str, object]] = []
    with opened() as kernel:
        for file in files:
            receipt = kernel.intake.receive_draft(file.name, file.read_bytes())
            said.append(
                {"file": str(file), "became": "known already" if receipt.duplicate else "taken in", **vars(receipt)}
            )
    listing(said, {"file": "FILE", "became": "BECAME", "case_id": "CASE"}, as_json)


@app.command()
def issue(
    draft: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="UBL or CII XML; its number is replaced.")],
    to: Annotated[Path, typer.Option(file_okay=False, help="The folder for the files.")] = Path(),
    on: Annotated[str, typer.Option(help="The day, such as 2026-11-25; today if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Issue an invoice at once, unasked and unsent: the next number, UBL, CII and Factur-X, its entry. Each once."""
    from datetime import date

    from aios.books.books import require_day
    from aios.ids import digest_bytes

    key = f"draft/{digest_bytes(draft.read_bytes())[:40]}"
    invoice = _read(draft).invoice
    with opened() as kernel:
        day = date.fromisoformat(require_day(on)) if on else kernel.clock.now().date()
        done = kernel.billing.issued.issue(invoice, key, day, actor=OWNER)
        with kernel.database.read() as connection:
            files = kernel.billing.issued.files(connection, done)
    to.mkdir(parents=True, exist_ok=True)
    for name, data in (
        (f"{done.name}.xml", files.ubl),
        (f"{done.name}.cii.xml", files.cii),
        (f"{done.name}.pdf", files.pdf),
    ):
        (to / name).write_bytes(data)
    if as_json:
        say_json(vars(done))
    else:
        typer.echo(f"Invoice {done.name} is issued; its files are in {to}.")


@app.command()
def issued(as_json: AsJson = False) -> None:
    """List the invoices that you have issued, the newest first."""
    from aios.money import Money

    with opened() as kernel, kernel.database.read() as connection:
        found = kernel.billing.issued.newest(connection)
    rows = [{**vars(each), "sum": str(Money(each.payable, each.currency))} for each in found]
    listing(rows, ISSUED, as_json, empty="None was issued yet. Draft one: aios invoices draft FILE")


@app.command()
def paid(
    case_id: Annotated[str, typer.Argument(help="Such as invoice-0001.")],
    on: Annotated[str, typer.Option(help="The day, such as 2026-11-25; today if left out.")] = "",
) -> None:
    """Say that you have paid an invoice by other ways; no transfer is written for it then."""
    from aios.books.books import require_day

    with opened() as kernel:
        day = require_day(on) if on else kernel.clock.now().date().isoformat()
        kernel.billing.mark_paid(case_id, day, actor=OWNER)
    typer.echo(f"{case_id} is paid.")


def _read(file: Path) -> "Reading":
    from aios.invoices.pdf import MOST_BYTES
    from aios.invoices.reader import read_invoice

    if file.stat().st_size > MOST_BYTES:
        raise InvalidInput(f"{file.name} is larger than {MOST_BYTES // 1_000_000} MB.", "Ask for a smaller one.")
    return read_invoice(file.read_bytes())


def _text_only(file: Path) -> str | None:
    """The text of a PDF that carries no electronic invoice, or of a text file."""
    from aios.banking.decoding import decoded
    from aios.invoices.pdf import check_size, embedded, visible_text

    data = file.read_bytes()
    if file.suffix.lower() == ".txt":
        return decoded(data)
    if not data.startswith(b"%PDF"):
        return None
    check_size(data)
    return visible_text(data) if embedded(data)[0] is None else None


def _propose(text: str, as_json: bool) -> None:
    from aios.invoices.plain import read_plain

    found = read_plain(text)
    if as_json:
        say_json({"source": "text", "found": asdict(found)})
        return
    typer.echo(f"There are no data, only text. Found by rules, confidence {found.confidence}:")
    rows: list[Any] = []
    for name in ("number", "issued", "due", "supplier", "vat_ids", "ibans", "bic", "currency", "net", "tax", "gross"):
        value: Any = getattr(found, name)
        several: list[Any] = list(value) if isinstance(value, tuple) else [value] if value else []  # pyright: ignore
        rows += [{"field": name, **vars(each)} for each in several]
    listing(rows, {"field": "FIELD", "value": "VALUE", "line": "LINE", "words": "WORDS"}, as_json=False)


def _official(reading: "Reading") -> "tuple[Finding, ...]":
    from aios.invoices.schematron import check_schematron

    return check_schematron(reading.xml)


def _plain(reading: "Reading") -> dict[str, object]:
    invoice = asdict(reading.invoice)
    for attachment in invoice["attachments"]:
        attachment["content"] = f"{len(attachment['content'])} bytes"
    return {"source": reading.source, "credit": reading.invoice.credit, "invoice": invoice}


def _show(reading: "Reading") -> None:
    from aios.money import Money

    invoice = reading.invoice

    def money(minor: int | None) -> str:
        return "" if minor is None else str(Money(minor, invoice.currency))

    head = {
        "kind": "credit note" if invoice.credit else "invoice",
        "number": invoice.number,
        "issued": invoice.issued,
        "due": invoice.due,
        "seller": f"{invoice.seller.name} {invoice.seller.vat_id}".strip(),
        "buyer": f"{invoice.buyer.name} {invoice.buyer.vat_id}".strip(),
        "order": invoice.order,
        "format": f"{reading.source} {invoice.profile}".strip(),
    }
    details(head, tuple(head), as_json=False)
    if invoice.lines:
        rows = [
            {**line.__dict__, "net": money(line.net), "vat": f"{line.category or ''} {line.rate}".strip()}
            for line in invoice.lines
        ]
        listing(rows, LINES, as_json=False)
    sums = {
        "net": money(invoice.totals.net),
        **{f"tax {tax.category} {tax.rate} %": f"{money(tax.amount)} on {money(tax.basis)}" for tax in invoice.taxes},
        "gross": money(invoice.totals.gross),
        "prepaid": money(invoice.totals.prepaid),
        "to pay": money(invoice.totals.payable),
        "account": ", ".join(payment.iban for payment in invoice.payments if payment.iban),
        "reference": invoice.payment_reference,
    }
    details(sums, tuple(sums), as_json=False)


def _tell(found: "tuple[Finding, ...]") -> None:
    if not found:
        typer.echo("Nothing is wrong with it.")
        return
    listing(found, FINDINGS, as_json=False)
    for remedy in dict.fromkeys(each.remedy for each in found):
        typer.echo(tame(remedy))
