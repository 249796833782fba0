"""Profit and loss of a span of days by account: what was earned and what it cost."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from aios.books.chart import Chart
from aios.finance.movements import Movement

Kind = Literal["income", "expense"]


@dataclass(frozen=True)
class ProfitLine:
    """An account of income or expenses; `minor` is what was earned on it, or what it cost, in minor units."""

    kind: Kind
    account: str
    name: str
    currency: str
    minor: int


def profit(moved: Iterable[Movement], chart: Chart) -> list[ProfitLine]:
    """The accounts on which something moved, income first."""
    sums: dict[tuple[Kind, str, str], int] = defaultdict(int)
    for each in moved:
        account = chart.accounts.get(each.account)
        if account and account.kind == "income":
            sums["income", each.account, each.currency] -= each.minor
        elif account and account.kind == "expense":
            sums["expense", each.account, each.currency] += each.minor
    ordered = sorted(sums.items(), key=lambda item: (item[0][0] == "expense", item[0][1:]))
    return [ProfitLine(kind, number, chart.name(number), currency, m) for (kind, number, currency), m in ordered if m]


def results(lines: Iterable[ProfitLine]) -> dict[str, int]:
    """Income less expenses by currency, in minor units."""
    sums: dict[str, int] = defaultdict(int)
    for each in lines:
        sums[each.currency] += each.minor if each.kind == "income" else -each.minor
    return dict(sorted(sums.items()))
