"""OFX statements, in the SGML of version 1 and the XML of version 2."""

import html
import re
from datetime import date
from decimal import Decimal, InvalidOperation

from aios.banking.decoding import decoded
from aios.banking.statement import Entry, Part, Statement, checked
from aios.errors import InvalidInput
from aios.money import to_minor

AGAIN = "Export it from the bank again."
_STATEMENT = re.compile(r"<(CC)?STMTRS>(.*?)</(?:CC)?STMTRS>", re.DOTALL | re.IGNORECASE)
_START = re.compile(r"<STMTTRN>", re.IGNORECASE)
_END = re.compile(r"</STMTTRN>|<STMTTRN>|</BANKTRANLIST>|<LEDGERBAL>", re.IGNORECASE)


def read_ofx(data: bytes) -> tuple[Statement, ...]:
    """Every statement in the file. OFX gives a closing balance and no opening one."""
    text = decoded(data)
    found = tuple(_statement(match[2]) for match in _STATEMENT.finditer(text))
    if not found:
        raise InvalidInput("The file holds no whole OFX statement.", AGAIN)
    return found


def _statement(text: str) -> Statement:
    currency = _value(text, "CURDEF")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise InvalidInput(f"The statement's currency {currency[:10]!r} is none.", AGAIN)
    balance = text[found.start() :] if (found := re.search("<LEDGERBAL>", text, re.IGNORECASE)) else ""
    closing = _value(balance, "BALAMT")
    entries = tuple(_entry(_block(text, match.end()), currency) for match in _START.finditer(text))
    return checked(
        Statement(
            account=_value(text, "ACCTID"),
            currency=currency,
            entries=entries,
            source="ofx",
            closing=_minor(closing, currency) if closing else None,
        )
    )


def _block(text: str, start: int) -> str:
    end = _END.search(text, start)
    return text[start : end.start() if end else len(text)]


def _entry(text: str, currency: str) -> Entry:
    amount = _minor(_value(text, "TRNAMT"), currency)
    memo, name = _value(text, "MEMO"), _value(text, "NAME")
    return Entry(
        amount=amount,
        currency=currency,
        booked=_day(_value(text, "DTPOSTED")),
        parts=(Part(amount, name, _value(text, "ACCTID"), _value(text, "CHECKNUM"), text=memo),),
        bank_reference=_value(text, "FITID"),
        text=_value(text, "TRNTYPE"),
    )


def _value(text: str, tag: str) -> str:
    match = re.search(rf"<{tag}>([^<\n]*)", text, re.IGNORECASE)
    return html.unescape(match[1]).strip() if match else ""


def _minor(text: str, currency: str) -> int:
    try:
        value = Decimal(text.replace(",", "."))
        if not value.is_finite() or abs(value) > Decimal(10) ** 15:
            raise InvalidInput(f"The amount {text[:30]!r} is none.", AGAIN)
        return to_minor(value, currency)
    except InvalidOperation:
        raise InvalidInput(f"The amount {text[:30]!r} is none.", AGAIN) from None


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        raise InvalidInput(f"The date {text[:20]!r} is none.", AGAIN) from None
