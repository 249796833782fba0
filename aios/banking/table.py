"""A bank's CSV export: its delimiter, header row and decimal mark are found by looking."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from aios.banking.columns import meaning
from aios.banking.decoding import decoded
from aios.banking.statement import Entry, Part, Statement, Status
from aios.errors import InvalidInput
from aios.money import to_minor

AGAIN = "Export it again as CSV, with a header row."
FORMATS = ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y")
NEAR = 65_536
"""Bytes in which the header stands, if there is one."""

_NUMBER = re.compile(r"[+-]?\d[\d.,' \u00a0]*[+-]?")
_PENDING = ("vorgemerkt", "pending", "offen")
_MINUS = ("s", "soll", "d", "dbit", "debit")

Row = dict[str, str]


def read_table(data: bytes, currency: str = "EUR") -> tuple[Statement, ...]:
    """One statement per own account. `currency` holds where no column says it."""
    text = decoded(data)
    header, rows = _rows(text)
    found = [_named(header, row) for row in rows if any(cell.strip() for cell in row)]
    entries = [row for row in found if row.get("booked") and (row.get("amount") or _two(row))]
    left = len(found) - len(entries)
    comma = _comma(cell for row in entries for key in ("amount", "debit", "credit") if (cell := row.get(key, "")))
    problems = (f"{left} rows hold no date or no amount and were left out.",) if left else ()
    accounts = list(dict.fromkeys(row.get("own", "") for row in entries))
    return tuple(
        _statement(account, [row for row in entries if row.get("own", "") == account], currency, comma, problems)
        for account in accounts or [""]
    )


def heading(data: bytes) -> list[str]:
    """The row that names a booking date and an amount, as it stands; empty where none near the start does."""
    try:
        return _found(decoded(data[:NEAR]))[0]
    except InvalidInput:
        return []


def _statement(account: str, rows: list[Row], currency: str, comma: bool, problems: tuple[str, ...]) -> Statement:
    unit = next((row["currency"] for row in rows if row.get("currency")), currency)
    entries = tuple(_entry(row, row.get("currency") or unit, comma) for row in rows)
    return Statement(account.replace(" ", ""), unit, entries, "csv", problems=problems)


def _rows(text: str) -> tuple[list[str], list[list[str]]]:
    header, rows = _found(text)
    return [meaning(cell) for cell in header], rows


def _found(text: str) -> tuple[list[str], list[list[str]]]:
    """The header is the first row that names a date and an amount; banks put addresses and balances above it."""
    for delimiter in ";,\t":
        try:
            rows = list(csv.reader(io.StringIO(text.replace("\x00", "\ufffd")), delimiter=delimiter))
        except csv.Error:
            continue
        for at, row in enumerate(rows[:40]):
            meanings = {meaning(cell) for cell in row}
            if "booked" in meanings and meanings & {"amount", "debit", "credit"}:
                return row, rows[at + 1 :]
    raise InvalidInput("No row of the file names a booking date and an amount.", AGAIN)


def _named(header: list[str], row: list[str]) -> Row:
    named: Row = {}
    for name, cell in zip(header, row, strict=False):
        if name and not named.get(name):
            named[name] = cell.strip()
    return named


def _two(row: Row) -> bool:
    return bool(row.get("debit") or row.get("credit"))


def _comma(cells: Iterable[str]) -> bool:
    """Whether a comma stands before the cents, by the amounts that leave no doubt."""
    seen = list(cells)
    comma = [cell for cell in seen if re.search(r",\d{1,2}\D*$", cell)]
    point = [cell for cell in seen if re.search(r"\.\d{1,2}\D*$", cell)]
    doubtful = [cell for cell in seen if re.search(r"[.,]\d{3}\D*$", cell)]
    if (comma and point) or (doubtful and not comma and not point):
        shown = (comma + point + doubtful)[0]
        raise InvalidInput(f"Whether {shown!r} has cents cannot be told from the file.", "Export it with two decimals.")
    return bool(comma)


def _entry(row: Row, currency: str, comma: bool) -> Entry:
    amount = _amount(row, currency, comma)
    name = (row.get("payer") if amount > 0 and row.get("payer") else row.get("name")) or row.get("payer", "")
    part = Part(
        amount,
        name,
        row.get("account", "").replace(" ", ""),
        row.get("reference", ""),
        row.get("mandate", ""),
        row.get("text", ""),
    )
    pending = any(word in row.get("state", "").lower() for word in _PENDING)
    return Entry(
        amount=amount,
        currency=currency,
        booked=_day(row["booked"]),
        valued=_day(row["valued"]) if row.get("valued") else None,
        status=Status.PENDING if pending else Status.BOOKED,
        parts=(part,),
        text=row.get("kind", ""),
    )


def _amount(row: Row, currency: str, comma: bool) -> int:
    if row.get("amount"):
        minor = _minor(row["amount"], currency, comma)
        return -abs(minor) if row.get("sign", "").lower() in _MINUS else minor
    debit, credit = (_minor(row[key], currency, comma) if row.get(key) else 0 for key in ("debit", "credit"))
    return abs(credit) - abs(debit)


def _minor(cell: str, currency: str, comma: bool) -> int:
    match = _NUMBER.search(cell.replace("−", "-"))
    if match is None:
        raise InvalidInput(f"The amount {cell[:30]!r} is none.", AGAIN)
    text = match[0].strip()
    minus = text.startswith("-") or text.endswith("-")
    digits = re.sub(r"[^\d.,]", "", text).replace("." if comma else ",", "").replace(",", ".")
    if digits.count(".") > 1 or not digits.strip("."):
        raise InvalidInput(f"The amount {cell[:30]!r} is none.", AGAIN)
    minor = to_minor(Decimal(digits), currency)
    return -minor if minus else minor


def _day(text: str) -> date:
    for form in FORMATS:
        try:
            return datetime.strptime(text[:10].strip(), form).date()  # noqa: DTZ007 (a bank's day has no zone)
        except ValueError:
            continue
    raise InvalidInput(f"The date {text[:20]!r} is none that is known.", AGAIN)
