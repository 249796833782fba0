"""The books for other programs: CSV, the columns that DATEV knows, and plain-text accounting (ledger, hledger)."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from aios.books.chart import Chart
from aios.books.entry import Entry
from aios.money import to_decimal

Format = Literal["csv", "datev", "ledger"]

_STEERS = re.compile(r"^[=+\-@\t\r]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SIDES = {"asset": "Assets", "liability": "Liabilities", "equity": "Equity", "income": "Income", "expense": "Expenses"}

CSV = ("number", "day", "key", "debit", "credit", "amount", "currency", "document", "text", "corrects", "case_id")
DATEV = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)",
    "Belegdatum", "Belegfeld 1", "Buchungstext", "Beleginfo - Inhalt 1",
)  # fmt: skip
"""The columns of DATEV's booking batch that carry what we know; a posting is a row, its account on the debit side."""


def exported(found: Sequence[Entry], chart: Chart, form: Format) -> str:
    """The entries in the form that is asked for."""
    match form:
        case "csv":
            return _table(CSV, _csv(found), ",")
        case "datev":
            return _table(DATEV, _datev(found), ";")
        case "ledger":
            return "\n".join(_ledger(each, chart) for each in found)


def number_of(entry: Entry) -> str:
    """An entry's number as people read it: `2026-0007`."""
    return f"{entry.series.removeprefix('book-')}-{entry.number:04d}"


def _csv(found: Iterable[Entry]) -> Iterator[list[str]]:
    for entry in found:
        for each in entry.postings:
            amount = f"{to_decimal(each.minor, entry.currency):f}"
            about = (entry.currency, entry.document, entry.text, entry.corrects, entry.case_id)
            yield [number_of(entry), entry.day, entry.key, each.debit, each.credit, amount, *about]


def _datev(found: Iterable[Entry]) -> Iterator[list[str]]:
    for entry in found:
        for each in entry.postings:
            amount = f"{to_decimal(each.minor, entry.currency):f}".replace(".", ",")
            day = f"{entry.day[8:10]}{entry.day[5:7]}"
            about = (day, entry.document[:36], entry.text[:60], number_of(entry))
            yield [amount, "S", entry.currency, each.debit, each.credit, *about]


def _table(header: Sequence[str], rows: Iterable[list[str]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line."""
    plain = _CONTROL.sub(" ", cell)
    return f"'{plain}" if _STEERS.match(plain) else plain


def _ledger(entry: Entry, chart: Chart) -> str:
    document = re.sub(r"[()\s]+", "-", _CONTROL.sub(" ", entry.document))
    text = _CONTROL.sub(" ", entry.text).replace(";", ",").replace("|", "/")
    lines = [f"{entry.day} * ({document or number_of(entry)}) {text}".rstrip(), f"    ; entry: {number_of(entry)}"]
    for each in entry.postings:
        amount = f"{to_decimal(each.minor, entry.currency):f} {entry.currency}"
        lines += [f"    {_named(each.debit, chart)}  {amount}", f"    {_named(each.credit, chart)}  -{amount}"]
    return "\n".join([*lines, ""])


def _named(number: str, chart: Chart) -> str:
    account = chart.accounts.get(number)
    return f"{_SIDES[account.kind]}:{number} {account.name}" if account else f"Unknown:{number}"
