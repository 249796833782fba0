"""Revenue per customer: what the entries of our own invoices, and their corrections, brought on accounts of income."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aios.billing.sameness import supplier_key
from aios.books.chart import Chart
from aios.books.entry import Entry

BOOKED = "issued/"
"""What the keys of entries of our own invoices begin with; the invoice's key follows."""


@dataclass(frozen=True)
class Customer:
    """Whom an invoice of our own went to; `key` is the same for all invoices of one customer."""

    key: str
    name: str
    contact_id: str = ""


def customer_key(name: str) -> str:
    """A customer's name as it is compared, whatever signs it is made of."""
    return supplier_key(name) or name.strip().casefold()


NOBODY = Customer("", "")
"""Whom income belongs to that was booked without an invoice."""


@dataclass(frozen=True)
class CustomerRevenue:
    """What a customer brought in one currency, net, in minor units, and in how many entries of invoices."""

    customer: str
    contact_id: str
    key: str
    currency: str
    invoices: int
    net: int


def invoice_of(entry: Entry) -> str:
    """The key of the invoice of our own that an entry is of, or corrects; empty for any other entry."""
    booked = entry.corrects or entry.key
    return booked.removeprefix(BOOKED) if booked.startswith(BOOKED) else ""


def income_accounts(chart: Chart) -> frozenset[str]:
    """The accounts of income."""
    return frozenset(number for number, account in chart.accounts.items() if account.kind == "income")


def earned(entry: Entry, income: frozenset[str]) -> int:
    """What an entry brought on accounts of income, in minor units."""
    gained = sum(each.minor for each in entry.postings if each.credit in income)
    return gained - sum(each.minor for each in entry.postings if each.debit in income)


def revenue(entries: Iterable[Entry], chart: Chart, customers: Mapping[str, Customer]) -> list[CustomerRevenue]:
    """The customers by what they brought, the most first; `customers` is by the key of the invoice."""
    found: dict[tuple[str, str], tuple[Customer, int, int]] = {}
    income = income_accounts(chart)
    for entry in entries:
        net = earned(entry, income)
        if not net:
            continue
        invoice = invoice_of(entry)
        who = customers.get(invoice, NOBODY)
        known, count, sum_ = found.get((entry.currency, who.key), (who, 0, 0))
        found[entry.currency, who.key] = known, count + bool(invoice and not entry.corrects), sum_ + net
    lines = [
        CustomerRevenue(who.name, who.contact_id, who.key, currency, count, net)
        for (currency, _), (who, count, net) in found.items()
    ]
    return sorted(lines, key=lambda each: (each.currency, -each.net, each.key))


def totals(lines: Iterable[CustomerRevenue]) -> dict[str, int]:
    """What all customers brought by currency, in minor units."""
    sums: dict[str, int] = defaultdict(int)
    for each in lines:
        sums[each.currency] += each.net
    return dict(sorted(sums.items()))
