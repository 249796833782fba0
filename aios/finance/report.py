"""`Report`: a month in figures, as sections of text and tables that Markdown and paper are both made from."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from aios.finance.aging import AgingLine, days_overdue
from aios.finance.finance import Finance
from aios.finance.forecast import ForecastLine
from aios.finance.month import Month
from aios.finance.owed import Owed
from aios.finance.profit import ProfitLine, results
from aios.finance.reconciling import open_problems, profit_problems, revenue_problems, vat_problems
from aios.finance.revenue import CustomerRevenue
from aios.finance.vat import VatLine, payable
from aios.money import Money

SIDES = {"receivable": "Owed to us", "payable": "We owe"}
MOST = 100
"""Rows of a table; the commands list all."""


@dataclass(frozen=True)
class Section:
    """A part of the report: a table under its title.

    `numbers` are the columns that stand to the right, `names` those that name whom we deal with.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int]
    said: str = ""
    names: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Report:
    """The figures of a month as they stood at the end of `on`; `wrong` is where they and the books do not agree."""

    business: str
    month: Month
    on: date
    sections: tuple[Section, ...]
    wrong: tuple[str, ...]

    @property
    def title(self) -> str:
        """The heading."""
        return f"{self.business}: {self.month}" if self.business else f"Report of {self.month}"

    @property
    def note(self) -> str:
        """Of when the figures are, and whether they agree with the books."""
        so_far = "" if self.on >= self.month.last else " The month is not over: these are the figures so far."
        agree = "They agree with the books to the cent." if not self.wrong else "They do not agree with the books."
        return f"Figures at the end of {self.on}.{so_far} {agree}"


def report(finance: Finance, connection: Connection, month: Month, today: date, business: str = "") -> Report:
    """The report of the month; what is open is that of its last day, or of today where it is not over."""
    on = min(month.last, today)
    vat, profit = finance.vat(connection, month), finance.profit(connection, month)
    revenue, owed = finance.revenue(connection, month), finance.owed(connection, on)
    wrong = [
        *vat_problems(finance, connection, month, vat),
        *revenue_problems(finance, connection, month, revenue),
        *profit_problems(finance, connection, month, profit),
        *open_problems(finance, connection, on, owed.items),
    ]
    sections = (
        _profit(profit),
        _revenue(revenue),
        _vat(vat),
        _aging(owed.aging),
        _overdue(owed),
        _forecast(owed.forecast),
    )
    return Report(business, month, on, sections, tuple(wrong))


def _profit(lines: Sequence[ProfitLine]) -> Section:
    rows = [(each.account, each.name, each.kind, _money(each.minor, each.currency)) for each in lines]
    return _section("Profit and loss", ("Account", "Name", "Kind", "Sum"), rows, {3}, _sums("Result", results(lines)))


def _revenue(lines: Sequence[CustomerRevenue]) -> Section:
    rows = [
        (each.customer or "Without an invoice", str(each.invoices), _money(each.net, each.currency)) for each in lines
    ]
    return _section("Revenue by customer", ("Customer", "Invoices", "Net"), rows, {1, 2}, names={0})


def _vat(lines: Sequence[VatLine]) -> Section:
    rows = [
        (
            f"{each.side} {each.kind}",
            f"{each.category} {each.rate} %",
            each.account,
            _money(each.basis, each.currency),
            _money(each.tax, each.currency),
        )
        for each in lines
    ]
    header = ("What", "Category and rate", "Account", "On", "Tax")
    return _section("VAT", header, rows, {3, 4}, _sums("To be paid", payable(lines)))


def _aging(lines: Sequence[AgingLine]) -> Section:
    rows = [
        (SIDES[each.direction], each.step, str(each.invoices), _money(each.open, each.currency))
        for each in lines
        if each.invoices
    ]
    return _section("Open items by age", ("Side", "Days overdue", "Invoices", "Open"), rows, {2, 3})


def _overdue(owed: Owed) -> Section:
    late = [
        (each.name, each.party, each.due, str(days), _money(each.open, each.currency))
        for each in owed.items
        if each.direction == "receivable" and each.open > 0 and (days := days_overdue(each, owed.on)) > 0
    ]
    return _section("Overdue", ("Invoice", "Customer", "Due", "Days", "Open"), late, {3, 4}, names={1})


def _forecast(lines: Sequence[ForecastLine]) -> Section:
    rows = [
        (f"{each.week} on" if each.later else each.week, str(each.invoices), _money(each.expected, each.currency))
        for each in lines
        if each.invoices
    ]
    said = "Each open invoice on its due day, moved by how late its customer usually pays where that is known."
    return _section("Will come in", ("Week from", "Invoices", "Expected"), rows, {1, 2}, said)


def _section(
    title: str,
    header: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    numbers: Set[int],
    said: str = "",
    names: Set[int] = frozenset(),
) -> Section:
    whole = tuple(rows)
    more = f" And {len(whole) - MOST} more." if len(whole) > MOST else ""
    return Section(title, header, whole[:MOST], frozenset(numbers), (said + more).strip(), frozenset(names))


def _sums(what: str, by_currency: Mapping[str, int]) -> str:
    return "; ".join(f"{what}: {_money(minor, currency)}" for currency, minor in by_currency.items())


def _money(minor: int, currency: str) -> str:
    return str(Money(minor, currency))
