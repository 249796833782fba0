"""The VAT summary of a span of entries: what we owe and what we deduct, per kind, category and rate.

The tax is what moved on the accounts of tax that the chart names, to the cent. The basis of sales is their revenue. The
books hold no basis of what we bought: it is the net of the entry where that gives the tax, else derived from the tax.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from aios.books.chart import Chart
from aios.books.entry import Entry

Side = Literal["output", "input"]
Kind = Literal["sales", "purchases", "self-assessed"]


@dataclass(frozen=True)
class VatLine:
    """The tax of one kind, in minor units: `output` is owed, `input` deducted. `account` is where the tax stands.

    `self-assessed` is the tax on what we bought under reverse charge (`AE`) or within the union (`K`): it is owed and
    deducted at once. Sales without tax have their account of revenue.
    """

    side: Side
    kind: Kind
    category: str
    rate: str
    account: str
    currency: str
    basis: int
    tax: int


@dataclass(frozen=True)
class _Place:
    """Where the chart keeps one kind: its account of tax, and the accounts of revenue it is on."""

    side: Side
    kind: Kind
    category: str
    rates: tuple[Decimal, ...]
    tax: str
    revenue: tuple[str, ...] = ()

    @property
    def sign(self) -> int:
        """What makes the tax of this side positive, given debits less credits."""
        return 1 if self.side == "input" else -1


def vat(entries: Iterable[Entry], chart: Chart) -> list[VatLine]:
    """The lines, output before input; a kind on which nothing moved has none."""
    places, apart = list(_places(chart)), tax_accounts(chart) | _owed(chart)
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry in entries:
        moved = _moved(entry)
        net = sum(minor for account, minor in moved.items() if account not in apart)
        for at, place in enumerate(places):
            tax = place.sign * moved.get(place.tax, 0)
            basis = _basis(place, moved, net, tax)
            if tax or basis:
                sums[at, entry.currency][0] += basis
                sums[at, entry.currency][1] += tax
    return [_line(places[at], currency, *both) for (at, currency), both in sorted(sums.items()) if any(both)]


def tax_accounts(chart: Chart) -> set[str]:
    """The accounts of tax that the chart names."""
    roles = chart.roles
    found = {each.account for each in roles.input_tax} | {each.tax for each in roles.revenue if each.tax}
    return found | {number for each in roles.self_tax.values() for number in (each.input, each.due)}


def payable(lines: Iterable[VatLine]) -> dict[str, int]:
    """What is to be paid to the tax office by currency, in minor units; negative where it comes back."""
    sums: dict[str, int] = defaultdict(int)
    for each in lines:
        sums[each.currency] += each.tax if each.side == "output" else -each.tax
    return dict(sorted(sums.items()))


def _places(chart: Chart) -> Iterator[_Place]:
    roles, grouped = chart.roles, defaultdict[str, list[int]](list)
    for at, each in enumerate(roles.revenue):
        grouped[each.tax or each.account].append(at)
    for own in grouped.values():
        parts = [roles.revenue[at] for at in own]
        category = "/".join(dict.fromkeys(each.category for each in parts))
        accounts = tuple(dict.fromkeys(each.account for each in parts))
        yield _Place("output", "sales", category, tuple(each.rate for each in parts), parts[0].tax, accounts)
    for category, each in roles.self_tax.items():
        yield _Place("output", "self-assessed", category, (each.rate,), each.due)
    for account in dict.fromkeys(each.account for each in roles.input_tax):
        rates = tuple(each.rate for each in roles.input_tax if each.account == account)
        yield _Place("input", "purchases", "S", rates, account)
    for category, each in roles.self_tax.items():
        yield _Place("input", "self-assessed", category, (each.rate,), each.input)


def _owed(chart: Chart) -> set[str]:
    return {chart.roles.payable, chart.roles.receivable, chart.roles.transit}


def _moved(entry: Entry) -> Mapping[str, int]:
    """Debits less credits of each account in the entry."""
    sums: dict[str, int] = defaultdict(int)
    for each in entry.postings:
        sums[each.debit] += each.minor
        sums[each.credit] -= each.minor
    return sums


def _basis(place: _Place, moved: Mapping[str, int], net: int, tax: int) -> int:
    if place.kind == "sales":
        return -sum(moved.get(account, 0) for account in place.revenue)
    if not tax:
        return 0
    if any(_rounded(net * rate / 100) == tax for rate in place.rates):
        return net
    return _rounded(tax * 100 / place.rates[0])


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _line(place: _Place, currency: str, basis: int, tax: int) -> VatLine:
    rate = "/".join(f"{each.normalize():f}" for each in dict.fromkeys(place.rates))
    account = place.tax or place.revenue[0]
    return VatLine(place.side, place.kind, place.category, rate, account, currency, basis, tax)
