"""Figures of the company, from the books and the registers of invoices.

By the day: open_items, their aging, and cash_forecast. By the month: vat_summary (what is owed to the tax office and
deducted), customer_revenue, profit_and_loss, and finance_report with all of it in words. booking_review says what the
rules would book otherwise now for the invoices of a month.

A day or month that is not over yet has its figures so far, and is made anew when it is. A former one has those of its
end, whenever it is made.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
from sqlalchemy.engine import Connection

from aios.billing.open_items import OpenItem
from aios.events.seals import FIRST_DAY
from aios.finance.aging import AgingLine
from aios.finance.files import keep_report
from aios.finance.forecast import ForecastLine
from aios.finance.month import Month
from aios.finance.profit import ProfitLine, results
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
from aios.finance.revenue import CustomerRevenue, totals
from aios.finance.vat import VatLine, payable
from aios.kernel import Kernel
from aios.processes.booking_review import Reviewed, review
from assets.figures import VERSION, Made, Table, check_specs, kept, specs

months = dg.MonthlyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC", end_offset=1)
"""Each month, by UTC, up to the running one."""


days = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC", end_offset=1)
"""Each day, by UTC, up to the running one."""


def _open(kernel: Kernel, connection: Connection, day: date) -> Made:
    items = kernel.finance.owed(connection, day).items
    sums: dict[str, dict[str, int]] = {"receivable": {}, "payable": {}}
    for each in items:
        own = sums[each.direction]
        own[each.currency] = own.get(each.currency, 0) + each.open
    return Made(items, open_problems(kernel.finance, connection, day, items), sums)


def _aging(kernel: Kernel, connection: Connection, day: date) -> Made:
    owed = kernel.finance.owed(connection, day)
    return Made(owed.aging, sum_problems(owed.aging, owed.items))


def _forecast(kernel: Kernel, connection: Connection, day: date) -> Made:
    owed = kernel.finance.owed(connection, day)
    return Made(owed.forecast, forecast_problems(owed.forecast, owed.items))


DAILY = (
    Table(
        "open_items",
        OpenItem,
        "What was owed to us and what we owed at the end of a day, an invoice each.",
        "Open items are what stands on receivables and payables, to the cent.",
        _open,
    ),
    Table(
        "aging",
        AgingLine,
        "What was open at the end of a day, by how many days it was overdue.",
        "The steps make what is open, to the cent.",
        _aging,
    ),
    Table(
        "cash_forecast",
        ForecastLine,
        "What was expected to come in from a day on, by week: each invoice on its due day, moved by its customer's own "
        "median delay where at least two paid invoices tell it.",
        "The weeks make what is owed to us and not disputed, to the cent.",
        _forecast,
    ),
)


def _vat(kernel: Kernel, connection: Connection, day: date) -> Made:
    month = Month.of(day)
    lines = kernel.finance.vat(connection, month)
    return Made(lines, vat_problems(kernel.finance, connection, month, lines), {"payable": payable(lines)})


def _revenue(kernel: Kernel, connection: Connection, day: date) -> Made:
    month = Month.of(day)
    lines = kernel.finance.revenue(connection, month)
    return Made(lines, revenue_problems(kernel.finance, connection, month, lines), {"net": totals(lines)})


def _profit(kernel: Kernel, connection: Connection, day: date) -> Made:
    month = Month.of(day)
    lines = kernel.finance.profit(connection, month)
    return Made(lines, profit_problems(kernel.finance, connection, month, lines), {"result": results(lines)})


MONTHLY = (
    Table(
        "vat_summary",
        VatLine,
        "The VAT of a month per kind, category and rate, from what moved on the accounts of tax.",
        "The tax is what moved on the accounts of tax, to the cent.",
        _vat,
    ),
    Table(
        "customer_revenue",
        CustomerRevenue,
        "What each customer brought in a month, net.",
        "The customers make the accounts of income, and each entry is what its invoice says, to the cent.",
        _revenue,
    ),
    Table(
        "profit_and_loss",
        ProfitLine,
        "Income and expenses of a month by account.",
        "The result is what was added to everything that is owned and owed, to the cent.",
        _profit,
    ),
)


def _is_over(day: date, today: date) -> bool:
    return Month.of(day) < Month.of(today)


@dg.multi_asset(
    name="finance_days",
    specs=specs(DAILY, days),
    check_specs=check_specs(DAILY),
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def finance_days(context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]) -> Iterator[dg.AssetCheckResult]:
    """Writes the tables of each day, and holds them against the books."""
    yield from kept(context, kernel, DAILY, lambda day, today: day < today)


REPORT = dg.AssetSpec(
    "finance_report",
    deps=[table.name for table in MONTHLY],
    description="The month in words and tables, as Markdown and PDF in AIOS_HOME/finance/report; no name here.",
    group_name="finance",
    code_version=VERSION,
    skippable=True,
    partitions_def=months,
    kinds={"markdown", "pdf"},
    owners=["team:owner"],
)


def _reported(kernel: Kernel, partition: str) -> dg.AssetMaterialization:
    """Write the report of a month in both forms, and what Dagster is to show of it."""
    month, settings = Month.of(date.fromisoformat(partition)), kernel.settings
    with kernel.database.read() as connection:
        made = report(kernel.finance, connection, month, kernel.clock.now().date(), settings.aios_business_name)
    markdown, pdf = keep_report(settings.home, str(month), as_markdown(made), as_pdf(made))
    return dg.AssetMaterialization(
        "finance_report",
        partition=partition,
        metadata={
            "report": dg.MetadataValue.md(as_markdown(made, names=False)),
            "differences": len(made.wrong),
            "file": dg.MetadataValue.path(str(markdown)),
            "pdf": dg.MetadataValue.path(str(pdf)),
        },
        tags={"dagster/code_version": VERSION},
    )


@dg.multi_asset(
    name="finance_months",
    specs=[*specs(MONTHLY, months), REPORT],
    check_specs=check_specs(MONTHLY),
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def finance_months(
    context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]
) -> Iterator[dg.AssetCheckResult]:
    """Writes the tables of each month, holds them against the books, and writes the report of each."""
    yield from kept(context, kernel, MONTHLY, _is_over)
    for partition in context.partition_keys:
        context.log_event(_reported(kernel, partition))


def _review(kernel: Kernel, connection: Connection, day: date) -> Made:
    found = review(kernel, connection, Month.of(day))
    other = [each for each in found if each.changes]
    told = "\n".join(f"- {each.case_id}: {each.before} → {each.after}" for each in other)
    return Made(found, [f"{each.case_id} would be booked otherwise." for each in other], preview=told or "Nothing.")


REVIEWS = (
    Table(
        "booking_review",
        Reviewed,
        "How the invoices of a month are booked, and how chart, hints and policies would book them now. Looking books "
        "nothing: see `aios finance rerun`.",
        "Every invoice is booked as the rules would book it now.",
        _review,
    ),
)


@dg.multi_asset(
    name="booking_reviews",
    specs=specs(REVIEWS, months),
    check_specs=check_specs(REVIEWS),
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def booking_reviews(
    context: dg.AssetExecutionContext, kernel: dg.ResourceParam[Kernel]
) -> Iterator[dg.AssetCheckResult]:
    """Runs the rules over the invoices of each month once more, and says what differs."""
    yield from kept(context, kernel, REVIEWS, _is_over)


finance_months_job = dg.define_asset_job(
    "finance_months_job",
    selection=dg.AssetSelection.assets(*(table.name for table in MONTHLY), "finance_report"),
    description="VAT, revenue and result of months, and their reports.",
    executor_def=dg.in_process_executor,
)

finance_days_job = dg.define_asset_job(
    "finance_days_job",
    selection=dg.AssetSelection.assets(*(table.name for table in DAILY)),
    description="Open items, their age and the forecast of days.",
    executor_def=dg.in_process_executor,
)
