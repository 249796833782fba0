"""Whether figures and books agree to the cent: each found out a second way, from the balances of accounts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem
from aios.billing.tables import issued_invoices
from aios.books.books import Balance
from aios.finance.aging import AgingLine
from aios.finance.finance import Finance
from aios.finance.forecast import ForecastLine
from aios.finance.month import Month
from aios.finance.profit import ProfitLine, results
from aios.finance.revenue import CustomerRevenue, earned, income_accounts, invoice_of
from aios.finance.vat import VatLine, tax_accounts
from aios.money import Money

Sums = dict[tuple[str, str], int]
"""Minor units by account and currency, debits less credits."""


def vat_problems(finance: Finance, connection: Connection, month: Month, lines: Iterable[VatLine]) -> list[str]:
    """Where the summary is not what moved on the accounts of tax."""
    told: Sums = defaultdict(int)
    for each in lines:
        told[each.account, each.currency] += each.tax if each.side == "input" else -each.tax
    accounts = tax_accounts(finance.books.chart)
    moved = {key: minor for key, minor in _moved(finance, connection, month).items() if key[0] in accounts}
    return _differences({key: minor for key, minor in told.items() if key[0] in accounts}, moved)


def revenue_problems(
    finance: Finance, connection: Connection, month: Month, lines: Iterable[CustomerRevenue]
) -> list[str]:
    """Where the customers do not make the accounts of income, or an entry is not what its invoice says."""
    told: Sums = defaultdict(int)
    for each in lines:
        told["income", each.currency] -= each.net
    income = income_accounts(finance.books.chart)
    moved: Sums = defaultdict(int)
    for (account, currency), minor in _moved(finance, connection, month).items():
        if account in income:
            moved["income", currency] += minor
    return [*_differences(told, moved), *_unlike_invoices(finance, connection, month)]


def profit_problems(finance: Finance, connection: Connection, month: Month, lines: Sequence[ProfitLine]) -> list[str]:
    """Where the result is not what was added to everything that is owned and owed."""
    chart = finance.books.chart
    told: Sums = {("result", currency): minor for currency, minor in results(lines).items()}
    moved: Sums = defaultdict(int)
    unknown: set[str] = set()
    for (account, currency), minor in _moved(finance, connection, month).items():
        known = chart.accounts.get(account)
        if known is None:
            unknown.add(account)
        elif known.kind in ("asset", "liability", "equity"):
            moved["result", currency] += minor
    if unknown:
        return [f"Account {number} is booked on and not in the chart: put it back." for number in sorted(unknown)]
    return _differences(told, moved)


def open_problems(finance: Finance, connection: Connection, on: date, items: Iterable[OpenItem]) -> list[str]:
    """Where the open items are not what stands on receivables and payables at the end of the day."""
    roles = finance.books.chart.roles
    accounts = {"receivable": (roles.receivable, 1), "payable": (roles.payable, -1)}
    told: Sums = defaultdict(int)
    for each in items:
        account, sign = accounts[each.direction]
        told[account, each.currency] += sign * each.open
    stands = finance.books.balances(connection, until=on.isoformat())
    wanted = {account for account, _ in accounts.values()}
    return _differences(told, {_place(each): each.minor for each in stands if each.account in wanted})


def sum_problems(lines: Iterable[AgingLine], items: Iterable[OpenItem]) -> list[str]:
    """Where the steps of age do not make what is open."""
    told: Sums = defaultdict(int)
    for each in lines:
        told[each.direction, each.currency] += each.open
    return _differences(told, _opened(items))


def forecast_problems(lines: Iterable[ForecastLine], items: Iterable[OpenItem]) -> list[str]:
    """Where the weeks do not make what is owed to us and not disputed, by habits or by terms alone."""
    expected: Sums = defaultdict(int)
    due: Sums = defaultdict(int)
    for each in lines:
        expected["receivable", each.currency] += each.expected
        due["receivable", each.currency] += each.due
    owed = _opened(each for each in items if each.direction == "receivable" and not each.disputed)
    return [*_differences(expected, owed), *_differences(due, owed)]


def _opened(items: Iterable[OpenItem]) -> Sums:
    sums: Sums = defaultdict(int)
    for each in items:
        sums[each.direction, each.currency] += each.open
    return sums


def _moved(finance: Finance, connection: Connection, month: Month) -> Sums:
    """What moved on each account, as the difference of its balances."""
    before = finance.books.balances(connection, until=(month.first - timedelta(days=1)).isoformat())
    after = finance.books.balances(connection, until=month.last.isoformat())
    sums: Sums = defaultdict(int)
    for found, sign in ((after, 1), (before, -1)):
        for each in found:
            sums[_place(each)] += sign * each.minor
    return sums


def _place(balance: Balance) -> tuple[str, str]:
    return balance.account, balance.currency


def _differences(told: Sums, moved: Sums) -> list[str]:
    found: list[str] = []
    for name, currency in sorted({*told, *moved}):
        one, other = told.get((name, currency), 0), moved.get((name, currency), 0)
        if one != other:
            found.append(f"{name}: the figures say {Money(one, currency)}, the accounts {Money(other, currency)}.")
    return found


def _unlike_invoices(finance: Finance, connection: Connection, month: Month) -> Iterator[str]:
    income = income_accounts(finance.books.chart)
    entries = finance.entries(connection, month)
    booked = {key: earned(each, income) for each in entries if not each.corrects and (key := invoice_of(each))}
    column = issued_invoices.c
    query = sa.select(column.key, column.name, column.currency, column.net, column.credit)
    spanned = query.where(column.issued >= month.first.isoformat(), column.issued <= month.last.isoformat())
    for row in connection.execute(spanned.order_by(column.position)):
        net = -row.net if row.credit else row.net
        if booked.get(row.key) != net:
            said = Money(booked.get(row.key, 0), row.currency)
            yield f"{row.name} says {Money(net, row.currency)} net, its entry {said}."
