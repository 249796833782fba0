"""Billing as its page shows it: what is open, what will come in, revenue, and the VAT of the running month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem
from aios.finance.aging import AgingLine, days_overdue
from aios.finance.finance import MonthTotal
from aios.finance.forecast import ForecastLine
from aios.finance.month import Month
from aios.finance.revenue import CustomerRevenue
from aios.finance.vat import VatLine, payable
from aios.kernel import Kernel
from aios.workspace.reading.plot import Plot, Value, plot

SHOWN = 100
"""Open items that the page lists, the earliest due; the command lists all."""

BEST = 6
"""So many customers of each currency have a bar."""

VIEWS = ("all", "receivable", "payable", "overdue")
MONTHS = 12
NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TONES = ("good", "", "wait", "wait", "bad")
"""The colours of the steps of age."""


@dataclass(frozen=True)
class ItemLine:
    """An open item, how many days it is overdue, and where there is more about it."""

    item: OpenItem
    overdue: int
    link: str


@dataclass(frozen=True)
class BillingPage:
    """Everything on the page. Sums are by currency, in minor units."""

    view: str
    counts: Mapping[str, int]
    lines: Sequence[ItemLine]
    owed_to_us: Mapping[str, int]
    overdue: Mapping[str, int]
    owed_by_us: Mapping[str, int]
    aging: Sequence[Plot]
    forecast: Sequence[Plot]
    habits: int
    months: Sequence[Plot]
    customers: Sequence[CustomerRevenue]
    best: Sequence[Plot]
    month: Month
    vat: Sequence[VatLine]
    vat_due: Mapping[str, int]
    vat_plots: Sequence[Plot]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return not (self.counts["all"] or self.months or self.vat)


def read(kernel: Kernel, connection: Connection, view: str) -> BillingPage:
    """The page as of today, narrowed to a view of the open items."""
    finance, on = kernel.finance, kernel.clock.now().date()
    month, view = Month.of(on), view if view in VIEWS else "all"
    owed = finance.owed(connection, on)
    lines = [_line(item, on) for item in owed.items]
    views = {name: [each for each in lines if _shown(each, name)] for name in VIEWS}
    vat, customers = finance.vat(connection, month), finance.revenue(connection, month.back(MONTHS - 1), month)
    return BillingPage(
        view=view,
        counts={name: len(found) for name, found in views.items()},
        lines=views[view][:SHOWN],
        owed_to_us=_sums(views["receivable"]),
        overdue=_sums(each for each in views["overdue"] if each.item.direction == "receivable"),
        owed_by_us=_sums(views["payable"]),
        aging=_ages(owed.aging),
        forecast=_weeks(owed.forecast),
        habits=len(owed.habits),
        months=_months(finance.by_month(connection, month, MONTHS), month),
        customers=customers,
        best=_best(customers),
        month=month,
        vat=vat,
        vat_due=payable(vat),
        vat_plots=_taxes(vat, month),
    )


def link_of(direction: str, key: str, name: str) -> str:
    """The page about an invoice: of our own by its number, of one that came in its case."""
    return f"/billing/{name}" if direction == "receivable" else f"/cases/{key}"


def _line(item: OpenItem, on: date) -> ItemLine:
    overdue = days_overdue(item, on) if item.open > 0 else 0
    return ItemLine(item, max(overdue, 0), link_of(item.direction, item.key, item.name))


def _shown(line: ItemLine, view: str) -> bool:
    return view == "all" or line.item.direction == view or (view == "overdue" and line.overdue > 0)


def _sums(lines: Iterable[ItemLine]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for each in lines:
        sums[each.item.currency] += each.item.open
    return dict(sorted(sums.items()))


def _ages(lines: Sequence[AgingLine]) -> list[Plot]:
    grouped: dict[tuple[str, str], list[Value]] = defaultdict(list)
    for at, each in enumerate(lines):
        note = f"{each.invoices} invoice{'' if each.invoices == 1 else 's'}"
        grouped[each.direction, each.currency].append(Value(each.step, each.open, note, _TONES[at % len(_TONES)]))
    titles = {"receivable": "Owed to you", "payable": "You owe"}
    return [
        plot(f"aging-{direction}-{currency}", f"{titles[direction]}, {currency}", currency, values, "By days overdue")
        for (direction, currency), values in grouped.items()
    ]


def _weeks(lines: Sequence[ForecastLine]) -> list[Plot]:
    grouped: dict[str, list[Value]] = defaultdict(list)
    for each in lines:
        week = date.fromisoformat(each.week)
        label = "later" if each.later else f"{week.day} {NAMES[week.month - 1]}"
        note = f"{each.invoices} invoice{'' if each.invoices == 1 else 's'}, {each.by_habit} by habit"
        grouped[each.currency].append(Value(label, each.expected, note if each.invoices else ""))
    return [
        plot(f"forecast-{currency}", f"Expected in, {currency}", currency, values, "By the week from its Monday on")
        for currency, values in grouped.items()
    ]


def _months(lines: Sequence[MonthTotal], last: Month) -> list[Plot]:
    """A bar for each month, those without revenue too; a currency in which nothing was earned has no plot."""
    spanned = [last.back(MONTHS - 1 - at) for at in range(MONTHS)]
    found: list[Plot] = []
    for currency in sorted({each.currency for each in lines if each.income}):
        earned = {each.month: each.income for each in lines if each.currency == currency}
        values = [
            Value(f"{NAMES[each.number - 1]} {each.year % 100:02d}", earned.get(str(each), 0)) for each in spanned
        ]
        found.append(plot(f"months-{currency}", f"Revenue by month, {currency}", currency, values, "Net, by month"))
    return found


def _best(customers: Sequence[CustomerRevenue]) -> list[Plot]:
    grouped: dict[str, list[Value]] = defaultdict(list)
    for each in customers:
        grouped[each.currency].append(Value(each.customer or "Without an invoice", each.net))
    return [
        plot(f"best-{currency}", f"The best customers, {currency}", currency, values[:BEST], "Net, by customer")
        for currency, values in grouped.items()
    ]


def _taxes(lines: Sequence[VatLine], month: Month) -> list[Plot]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: {"output": 0, "input": 0})
    for each in lines:
        sums[each.currency][each.side] += each.tax
    return [
        plot(
            f"vat-{currency}",
            f"VAT of {month}, {currency}",
            currency,
            [Value("owed", own["output"]), Value("deducted", own["input"]), _rest(own["output"] - own["input"])],
            "Tax",
        )
        for currency, own in sorted(sums.items())
    ]


def _rest(minor: int) -> Value:
    return Value("to be paid" if minor >= 0 else "comes back", minor, tone="wait" if minor >= 0 else "good")
