"""How an invoice that came in is booked: what we owe, the tax that we may deduct, and the rest as an expense."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from aios.books.chart import Chart, SelfTax
from aios.books.entry import posting
from aios.events.types.books import Posting
from aios.money import to_minor


@dataclass(frozen=True)
class TaxPart:
    """The tax of one VAT category and rate in percent, in minor units."""

    category: str
    rate: str
    basis: int
    amount: int


@dataclass(frozen=True)
class Incoming:
    """What of an invoice matters for the books; sums in minor units, as the invoice writes them.

    `rounding` is what the amount due was rounded by; a credit note has `credit`, not negative sums.
    """

    gross: int
    taxes: tuple[TaxPart, ...] = ()
    rounding: int = 0
    credit: bool = False


def postings_of(invoice: Incoming, chart: Chart, account: str) -> tuple[Posting, ...]:
    """The postings. They make the gross whatever its parts add up to: what is not deductible tax is the expense."""
    roles, sign = chart.roles, -1 if invoice.credit else 1
    made: list[Posting] = []
    deducted = 0
    for part in invoice.taxes:
        if number := _input_account(part, chart):
            made += posting(number, roles.payable, sign * part.amount)
            deducted += part.amount
        if own := _self_tax(part, chart):
            made += posting(own.input, own.due, sign * _share(part.basis, own.rate))
    expense = posting(account, roles.payable, sign * (invoice.gross - deducted))
    rounded = posting(roles.rounding, roles.payable, sign * invoice.rounding)
    return (*expense, *made, *rounded)


def account_for(chart: Chart, words: Iterable[str], before: Sequence[str] = ()) -> str:
    """The account of expenses: that of the supplier's last invoice, else by the chart's hints, else the default."""
    for number in before:
        if number in chart.accounts and chart.accounts[number].kind in ("expense", "asset"):
            return number
    text = " ".join(words).casefold()
    for hint in chart.hints:
        if any(word.casefold() in text for word in hint.words):
            return hint.account
    return chart.roles.expense


def _input_account(part: TaxPart, chart: Chart) -> str:
    """The account of input tax; empty for a rate that the chart does not know, such as a foreign one."""
    rate = _rate(part.rate)
    known = (each.account for each in chart.roles.input_tax if each.rate == rate)
    return next(known, "") if part.category == "S" else ""


def _self_tax(part: TaxPart, chart: Chart) -> SelfTax | None:
    return next((tax for category, tax in chart.roles.self_tax.items() if category == part.category), None)


def _rate(text: str) -> Decimal:
    try:
        return Decimal(text or 0)
    except InvalidOperation:
        return Decimal(-1)


def _share(basis: int, rate: Decimal) -> int:
    """The rate in percent of a basis in minor units, rounded half up."""
    return to_minor(Decimal(basis) * rate / 100, "JPY")
