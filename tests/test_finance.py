"""Figures: VAT, revenue, result, open items and forecast agree with the books to the cent, and never mix currencies."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios.billing.open_items import OpenItem
from aios.books.chart import read_chart
from aios.books.entry import Entry
from aios.books.incoming import Incoming, TaxPart, postings_of
from aios.cli.finance import app as family
from aios.database.engine import Database
from aios.errors import InvalidInput
from aios.events.types.books import Posting
from aios.finance.aging import aging, step_of
from aios.finance.forecast import Habit, forecast
from aios.finance.month import Month, require_month
from aios.finance.profit import results
from aios.finance.reconciling import (
    forecast_problems,
    open_problems,
    profit_problems,
    revenue_problems,
    sum_problems,
    vat_problems,
)
from aios.finance.report import report
from aios.finance.report_forms import as_markdown, as_pdf
from aios.finance.revenue import totals
from aios.finance.vat import payable, tax_accounts, vat
from aios.invoices.codes import VatCategory
from aios.kernel import Kernel
from tests.commands import here
from tests.figures import enter, issue, receive
from tests.workplace import kernel_at

CHART = read_chart(Path("/nowhere"))
OCTOBER = Month(2026, 10)


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    kernel = kernel_at(home)
    yield kernel
    kernel.close()


@pytest.fixture
def either(home: Path, database: Database, database_url: str) -> Iterator[Kernel]:
    """A kernel on either store, whose tables are there."""
    kernel = kernel_at(home, aios_database_url=database_url)
    yield kernel
    kernel.close()


def entry(postings: tuple[Posting, ...], key: str = "a", currency: str = "EUR") -> Entry:
    return Entry(key, "book-2026", 1, "2026-10-30", currency, "T", "D", "", "", 1, "", postings)


# --- VAT -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        (Incoming(11900, (TaxPart("S", "19", 10000, 1900),)), {("input", "purchases", "S", "19", 10000, 1900)}),
        (
            Incoming(17250, (TaxPart("S", "19", 10000, 1900), TaxPart("S", "7", 5000, 350))),
            {("input", "purchases", "S", "19", 10000, 1900), ("input", "purchases", "S", "7", 5000, 350)},
        ),
        (
            Incoming(10003, (TaxPart("AE", "0", 10003, 0),)),
            {("output", "self-assessed", "AE", "19", 10003, 1901), ("input", "self-assessed", "AE", "19", 10003, 1901)},
        ),
        (
            Incoming(10000, (TaxPart("K", "0", 10000, 0),), credit=True),
            {(side, "self-assessed", "K", "19", -10000, -1900) for side in ("output", "input")},
        ),
        (Incoming(12000, (TaxPart("S", "20", 10000, 2000),)), set()),
    ],
    ids=["one rate", "two rates", "reverse charge", "a credit note from the union", "foreign tax"],
)  # fmt: skip
def test_the_vat_of_what_came_in_is_deducted_and_self_assessed_per_category(invoice: Incoming, expected: set) -> None:
    found = vat([entry(postings_of(invoice, CHART, "4900"))], CHART)
    assert {(each.side, each.kind, each.category, each.rate, each.basis, each.tax) for each in found} == expected


_ACCOUNTS = st.sampled_from(sorted(CHART.accounts))
_POSTING = st.tuples(_ACCOUNTS, _ACCOUNTS, st.integers(1, 10**10)).filter(lambda each: each[0] != each[1])
_ENTRY = st.tuples(st.lists(_POSTING, min_size=1, max_size=5), st.sampled_from(["EUR", "USD", "JPY"]))


@given(st.lists(_ENTRY, max_size=8))
def test_whatever_is_booked_the_summary_is_what_moved_on_the_accounts_of_tax_per_currency(said: list) -> None:
    entries = [
        entry(tuple(Posting(debit=debit, credit=credit, minor=minor) for debit, credit, minor in lines), str(at), money)
        for at, (lines, money) in enumerate(said)
    ]
    moved: dict[tuple[str, str], int] = defaultdict(int)
    for each in entries:
        for line in each.postings:
            moved[line.debit, each.currency] += line.minor
            moved[line.credit, each.currency] -= line.minor
    accounts = tax_accounts(CHART)
    found = vat(entries, CHART)
    told = {(each.account, each.currency): each.tax if each.side == "input" else -each.tax for each in found}
    assert {key: tax for key, tax in told.items() if tax} == {
        key: minor for key, minor in moved.items() if key[0] in accounts and minor
    }
    owed: dict[str, int] = defaultdict(int)
    for (account, currency), minor in moved.items():
        owed[currency] -= minor if account in accounts else 0
    assert {currency: sum_ for currency, sum_ in payable(found).items() if sum_} == {c: m for c, m in owed.items() if m}


def test_the_figures_of_a_month_agree_with_the_books_and_each_customer_brings_what_its_invoices_say(
    either: Kernel,
) -> None:
    kernel = either
    issue(kernel, "a", "2026-10-05", "1000.00")
    issue(kernel, "b", "2026-10-06", "500.00", customer="Bäckerei Sommer", rate="7")
    issue(kernel, "c", "2026-10-07", "200.00", category=VatCategory.REVERSE_CHARGE, rate="0")
    issue(kernel, "late", "2026-11-01", "300.00")
    wrong = issue(kernel, "wrong", "2026-10-08", "40.00")
    with kernel.database.write() as tx:
        kernel.books.take_back(tx, f"issued/{wrong.key}", "Wrong")
    enter(kernel, "rent", "2026-10-31", "4210", "1200", 80000)
    enter(kernel, "dollars", "2026-10-31", "1200", "8120", 4200, "USD")
    with kernel.database.read() as connection:
        finance = kernel.finance
        lines, customers = finance.vat(connection, OCTOBER), finance.revenue(connection, OCTOBER)
        profit = finance.profit(connection, OCTOBER)
        assert vat_problems(finance, connection, OCTOBER, lines) == []
        assert revenue_problems(finance, connection, OCTOBER, customers) == []
        assert profit_problems(finance, connection, OCTOBER, profit) == []
        assert [(each.month, each.currency, each.income) for each in finance.by_month(connection, Month(2026, 11))] == [
            ("2026-10", "EUR", 174000), ("2026-10", "USD", 4200), ("2026-11", "EUR", 26000)
        ]  # fmt: skip
    assert {(each.category, each.rate, each.currency): (each.basis, each.tax) for each in lines} == {
        ("S", "19", "EUR"): (104000, 19760), ("S", "7", "EUR"): (50000, 3500), ("AE", "0", "EUR"): (20000, 0),
        ("G", "0", "USD"): (4200, 0),
    }  # fmt: skip
    assert [(each.customer, each.invoices, each.net, each.currency) for each in customers] == [
        ("Werft am Deich", 3, 124000, "EUR"), ("Bäckerei Sommer", 1, 50000, "EUR"), ("", 0, 4200, "USD")
    ]  # fmt: skip
    assert totals(customers) == {"EUR": 174000, "USD": 4200}
    assert results(profit) == {"EUR": 94000, "USD": 4200}


def test_an_entry_that_is_not_what_its_invoice_says_and_one_on_no_account_of_the_chart_are_told(
    kernel: Kernel, home: Path
) -> None:
    issue(kernel, "a", "2026-10-05", "1000.00")
    text = Path("aios/books/chart.yaml").read_text()
    (home / "chart.yaml").write_text(text.replace("Revenue 19 %, kind: income", "Revenue 19 %, kind: asset"))
    with kernel.database.read() as connection:
        customers = kernel.finance.revenue(connection, OCTOBER)
        told = revenue_problems(kernel.finance, connection, OCTOBER, customers)
    assert told == ["2026-0001 says 1,000.00 EUR net, its entry 0.00 EUR."]
    enter(kernel, "fee", "2026-10-06", "4970", "1200", 500)
    (home / "chart.yaml").write_text(
        text.replace('  "4970": {name: Bank fees, kind: expense}\n', "").replace('fees: "4970"', 'fees: "4900"')
    )
    with kernel.database.read() as connection:
        told = profit_problems(kernel.finance, connection, OCTOBER, kernel.finance.profit(connection, OCTOBER))
    assert told == ["Account 4970 is booked on and not in the chart: put it back."]


# --- open items ----------------------------------------------------------------------------------------------------


def test_open_items_are_what_stands_on_receivables_as_it_was_on_each_day(either: Kernel) -> None:
    kernel = either
    first = issue(kernel, "a", "2026-09-01", "1000.00")
    issue(kernel, "b", "2026-10-01", "100.00")
    receive(kernel, first, "2026-10-10", 20000)
    receive(kernel, first, "2026-10-20", 99000)
    expected = {"2026-09-30": {"a": 119000}, "2026-10-15": {"a": 99000, "b": 11900}, "2026-10-20": {"b": 11900}}
    with kernel.database.read() as connection:
        for day, owed in expected.items():
            found = kernel.finance.owed(connection, date.fromisoformat(day)).items
            assert {each.key: each.open for each in found} == owed
            assert open_problems(kernel.finance, connection, date.fromisoformat(day), found) == []
    enter(kernel, "stray", "2026-10-21", "1400", "8100", 100)
    with kernel.database.read() as connection:
        on = date(2026, 10, 21)
        [told] = open_problems(kernel.finance, connection, on, kernel.finance.owed(connection, on).items)
    assert told == "1400: the figures say 119.00 EUR, the accounts 120.00 EUR."


_DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31)).map(date.isoformat)
_ITEM = st.builds(
    OpenItem,
    direction=st.sampled_from(["receivable", "payable"]),
    key=st.text("abc", min_size=1, max_size=3),
    name=st.just("1"),
    party=st.sampled_from(["Ada", "Bob GmbH", "!!", ""]),
    contact_id=st.just(""),
    since=st.just("2026-01-01"),
    issued=_DAYS,
    due=st.one_of(st.just(""), st.just("soon"), _DAYS),
    currency=st.sampled_from(["EUR", "USD", "JPY"]),
    payable=st.just(0),
    paid=st.just(0),
    open=st.integers(-(10**12), 10**12).filter(bool),
    disputed=st.booleans(),
)


@given(st.lists(_ITEM, max_size=12), st.dictionaries(st.sampled_from(["ada", "bob", "!!"]), st.integers(-400, 400)))
def test_whatever_is_open_ages_and_weeks_make_it_to_the_cent_in_each_currency(items: list, late: dict) -> None:
    known = {customer: Habit(customer, days, 2) for customer, days in late.items()}
    on = date(2026, 11, 2)
    assert sum_problems(aging(items, on), items) == []
    assert forecast_problems(forecast(items, known, on), items) == []


@pytest.mark.parametrize(
    ("days", "step"),
    [(-5, "not due"), (0, "not due"), (1, "1–30"), (30, "1–30"), (31, "31–60"), (60, "31–60"), (90, "61–90"),
     (91, "over 90"), (4000, "over 90")],
)  # fmt: skip
def test_the_age_of_what_is_open_is_told_in_steps_of_thirty_days(days: int, step: str) -> None:
    assert step_of(days) == step


def test_what_will_come_in_is_moved_by_how_late_the_customer_paid_before(kernel: Kernel) -> None:
    on = date(2026, 11, 2)
    for key, issued, paid in (
        ("a", "2026-06-01", "2026-06-25"),
        ("b", "2026-07-01", "2026-07-27"),
        ("c", "2026-08-03", "2026-10-12"),
    ):
        receive(kernel, issue(kernel, key, issued), paid)
    issue(kernel, "open", "2026-10-26", "200.00")
    issue(kernel, "new", "2026-10-26", "300.00", customer="Somebody new")
    issue(kernel, "long", "2026-01-05", "50.00", customer="Somebody new")
    issue(kernel, "far", "2026-11-02", "70.00", due="2027-06-01", customer="Somebody new")
    with kernel.database.read() as connection:
        [habit] = kernel.finance.owed(connection, on).habits.values()
        lines = kernel.finance.owed(connection, on).forecast
    assert (habit.days, habit.known_from) == (12, 3)
    told = {each.week: (each.expected, each.due, each.by_habit, each.later) for each in lines}
    assert {week: found for week, found in told.items() if any(found[:2])} == {
        "2026-11-02": (5950, 5950, 0, False),
        "2026-11-09": (35700, 59500, 0, False),
        "2026-11-16": (23800, 0, 1, False),
        "2027-02-01": (8330, 8330, 0, True),
    }  # fmt: skip


# --- months, report, commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["2026-13", "2026-00", "26-10", "2026-1", "2026-10-01", "٢٠٢٦-10", "", "0000-01"])
def test_what_is_no_month_is_refused_with_how_to_write_one(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="no month"):
        require_month(wrong)


def test_a_month_knows_its_days_and_those_around_it() -> None:
    assert (Month(2028, 2).last, Month(2026, 12).last) == (date(2028, 2, 29), date(2026, 12, 31))
    assert (str(Month(2026, 1).back(1)), str(Month(2026, 12).back(-1)), str(Month(2026, 3).back(15))) == (
        "2025-12", "2027-01", "2024-12"
    )  # fmt: skip


def test_the_report_says_the_same_in_markdown_and_pdf_and_names_are_no_markup(kernel: Kernel) -> None:
    from aios.invoices.pdf import visible_text

    issue(kernel, "a", "2026-10-05", "1000.00", customer="<b>| [x](javascript:1)")
    with kernel.database.read() as connection:
        made = report(kernel.finance, connection, OCTOBER, date(2026, 11, 25), "Nordlicht Studio")
        assert made == report(kernel.finance, connection, OCTOBER, date(2026, 12, 25), "Nordlicht Studio")
    markdown, pages = as_markdown(made), as_pdf(made)
    assert "\\<b\\>\\| \\[x\\]\\(javascript:1\\)" in markdown and "| 1,000.00 EUR |" not in markdown
    assert as_pdf(made) == pages and pages.startswith(b"%PDF")
    text = visible_text(pages)
    for said in ("1,000.00 EUR", "1,190.00 EUR", "<b>|", "To be paid: 190.00 EUR", "agree with the books"):
        assert said in text
    assert made.wrong == () and "figures so far" not in made.note


def test_the_commands_tell_people_and_programs_the_same_figures(
    kernel: Kernel, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(kernel, "a", "2026-10-05", "1000.00")

    def say(*words: str) -> str:
        return here(family, home, monkeypatch, *words).stdout

    assert "190.00 EUR" in say("vat", "--month", "2026-10")
    assert json.loads(say("vat", "--month", "2026-10", "--json"))["payable"] == {"EUR": 19000}
    assert "Werft am Deich" in say("revenue", "--month", "2026-10")
    assert "result: 1,000.00 EUR" in say("profit", "--month", "2026-10")
    assert "1,190.00 EUR" in say("open", "--on", "2026-10-06")
    assert "Nothing is owed." in say("open", "--on", "2026-10-04")
    [line] = [each for each in json.loads(say("aging", "--on", "2026-12-25", "--json")) if each["open"]]
    assert line["step"] == "61–90"
    assert json.loads(say("forecast", "--on", "2026-10-06", "--json"))[1]["expected"] == 0
    assert "agree with the books" in say("report", "2026-10", "--out", str(tmp_path / "out"))
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["2026-10.md", "2026-10.pdf"]
    assert Decimal(json.loads(say("open", "--json"))[0]["open"]) == 119000
