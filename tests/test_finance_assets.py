"""The finance assets on a real Dagster: by day and month, held against the books, caught up on, never made in vain."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from aios.clock import ManualClock
from aios.events.catalog import Sender
from aios.forgetting.forgetting import forget
from aios.kernel import Kernel
from assets.finance import booking_reviews, finance_days, finance_months
from sensors.finance import finance_days_schedule, finance_months_schedule, finance_sensor
from tests.bills import bill
from tests.company import Company, found_company
from tests.figures import enter, issue, receive
from tests.scheduler import Scheduler

START, END = ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home, aios_business_name="Nordlicht Studio")
    yield company
    company.kernel.close()


@pytest.fixture
def kernel(company: Company) -> Kernel:
    first = issue(company.kernel, "a", "2026-10-05", "1000.00")
    issue(company.kernel, "b", "2026-10-30", "500.00", customer="Bäckerei Sommer", rate="7")
    receive(company.kernel, first, "2026-10-20", 50000)
    return company.kernel


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


def made(kernel: Kernel, instance: dg.DagsterInstance, assets: Any, first: str, last: str = "") -> Any:
    return dg.materialize(
        [assets], instance=instance, resources={"kernel": kernel}, tags={START: first, END: last or first}
    )


def checks(result: Any) -> dict[str, bool]:
    return {
        f"{each.asset_key.to_user_string()}/{each.check_name}": each.passed
        for each in result.get_asset_check_evaluations()
    }


def of(result: Any, asset: str) -> list[dg.AssetMaterialization]:
    made_ = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
    return [each for each in made_ if each.asset_key.path == [asset]]


def versions(instance: dg.DagsterInstance, asset: str) -> dict[str, str]:
    found = instance.fetch_materializations(dg.AssetKey(asset), limit=100).records
    return {
        each.partition_key or "": each.asset_materialization.tags["dagster/data_version"]  # pyright: ignore
        for each in reversed(found)
    }


def test_a_month_is_kept_as_parquet_in_minor_units_and_agrees_with_the_books(
    kernel: Kernel, instance: dg.DagsterInstance, home: Path
) -> None:
    result = made(kernel, instance, finance_months, "2026-10-01")
    assert checks(result) == {
        f"{name}/{check}": True
        for name in ("vat_summary", "customer_revenue", "profit_and_loss")
        for check in ("schema", "reconciled")
    }
    frame = pl.read_parquet(home / "finance/vat_summary/2026-10-01.parquet")
    assert frame.schema["tax"] == pl.Int64 and frame["tax"].sum() == 19000 + 3500
    [said] = of(result, "vat_summary")
    assert said.metadata["payable_eur"].value == 225.0 and said.metadata["over"].value is True


def test_a_day_shows_what_was_open_then_and_a_second_run_makes_the_same(
    kernel: Kernel, instance: dg.DagsterInstance, home: Path
) -> None:
    result = made(kernel, instance, finance_days, "2026-10-19", "2026-10-20")
    assert set(checks(result).values()) == {True} and len(checks(result)) == 6
    open_on = {
        day: pl.read_parquet(home / f"finance/open_items/2026-10-{day}.parquet")["open"].to_list() for day in (19, 20)
    }
    assert open_on == {19: [119000], 20: [69000]}
    before = versions(instance, "open_items")
    kernel.clock.advance(days=40)  # pyright: ignore
    issue(kernel, "later", "2026-12-01")
    made(kernel, instance, finance_days, "2026-10-19", "2026-10-20")
    assert versions(instance, "open_items") == before and len(before) == 2


def test_what_stands_on_receivables_without_an_invoice_fails_the_check_of_its_day_alone(
    kernel: Kernel, instance: dg.DagsterInstance
) -> None:
    enter(kernel, "stray", "2026-10-21", "1400", "8100", 100)
    result = made(kernel, instance, finance_days, "2026-10-20", "2026-10-21")
    [check] = [each for each in result.get_asset_check_evaluations() if not each.passed]
    assert (check.asset_key.path, check.check_name, set(check.metadata)) == (
        ["open_items"],
        "reconciled",
        {"2026-10-21"},
    )
    assert "1400" in check.metadata["2026-10-21"].value


def test_figures_of_a_month_under_way_give_way_to_those_of_when_it_was_over(
    kernel: Kernel, instance: dg.DagsterInstance, home: Path
) -> None:
    context = dg.build_schedule_context(instance=instance, resources={"kernel": kernel})
    issue(kernel, "c", "2026-11-02", "10.00")
    made(kernel, instance, finance_months, "2026-11-01")
    folder = home / "finance/customer_revenue"
    assert [each.name for each in folder.iterdir()] == ["2026-11-01.open.parquet"]
    kernel.clock.advance(days=30)  # pyright: ignore
    asked = finance_months_schedule(context)
    assert isinstance(asked, dg.RunRequest) and (asked.tags[START], asked.tags[END]) == ("2026-10-01", "2026-12-01")
    made(kernel, instance, finance_months, asked.tags[START], "2026-11-01")
    assert {each.name for each in folder.iterdir()} == {"2026-10-01.parquet", "2026-11-01.parquet"}
    assert isinstance(finance_months_schedule(context), dg.SkipReason)


def test_missed_days_are_asked_for_once_and_nothing_where_nothing_is_booked(
    company: Company, instance: dg.DagsterInstance
) -> None:
    kernel = company.kernel
    context = dg.build_schedule_context(instance=instance, resources={"kernel": kernel})
    assert isinstance(finance_days_schedule(context), dg.SkipReason)
    assert isinstance(finance_months_schedule(context), dg.SkipReason)
    issue(kernel, "a", "2026-10-29")
    asked = finance_days_schedule(context)
    assert isinstance(asked, dg.RunRequest) and (asked.tags[START], asked.tags[END]) == ("2026-10-29", "2026-11-02")
    made(kernel, instance, finance_days, asked.tags[START], asked.tags[END])
    assert isinstance(finance_days_schedule(context), dg.SkipReason)


def test_what_is_booked_has_its_figures_made_anew_once_and_then_nothing_is_asked_for(
    company: Company, instance: dg.DagsterInstance
) -> None:
    scheduler, clock = Scheduler(company, instance), company.kernel.clock
    assert isinstance(clock, ManualClock)
    assert scheduler.tick(finance_sensor) == []
    issue(company.kernel, "a", "2026-11-02")
    enter(company.kernel, "old", "2025-03-04", "4900", "1200", 5)
    asked = {each.job_name: (each.tags[START], each.tags[END]) for each in scheduler.tick(finance_sensor)}
    assert asked == {
        "finance_days_job": ("2026-08-02", "2026-11-02"), "finance_months_job": ("2026-01-01", "2026-11-01")
    }  # fmt: skip
    enter(company.kernel, "more", "2026-11-02", "4900", "1200", 5)
    assert scheduler.tick(finance_sensor) == []
    scheduler.move(DagsterRunStatus.QUEUED, DagsterRunStatus.SUCCESS)
    asked = {each.job_name: (each.tags[START], each.tags[END]) for each in scheduler.tick(finance_sensor)}
    assert asked == {
        "finance_days_job": ("2026-11-02", "2026-11-02"), "finance_months_job": ("2026-11-01", "2026-11-01")
    }  # fmt: skip
    assert scheduler.tick(finance_sensor) == []


def test_the_report_of_a_month_is_kept_in_both_forms_and_shown_in_dagster(
    kernel: Kernel, instance: dg.DagsterInstance, home: Path
) -> None:
    result = made(kernel, instance, finance_months, "2026-10-01")
    [said] = of(result, "finance_report")
    assert "# Nordlicht Studio: 2026\\-10" in str(said.metadata["report"].value)
    assert said.metadata["differences"].value == 0
    assert (home / "finance/report/2026-10.pdf").read_bytes().startswith(b"%PDF")
    written, shown = (home / "finance/report/2026-10.md").read_text(), str(said.metadata["report"].value)
    assert "Bäckerei Sommer" in written and "Bäckerei" not in shown
    assert written.replace("Bäckerei Sommer", "…").replace("Werft am Deich", "…") == shown


def test_who_is_forgotten_is_in_no_file_of_figures_and_the_next_night_makes_them_again(
    kernel: Kernel, instance: dg.DagsterInstance, home: Path
) -> None:
    made(kernel, instance, finance_months, "2026-10-01")
    with kernel.database.write() as tx:
        ada = kernel.contacts.resolve(tx, Sender(name="Ada", email="ada@engines.example"), "ev_1")
    assert forget(kernel, ada).finished
    assert [each for each in (home / "finance").rglob("*") if each.is_file()] == []
    context = dg.build_schedule_context(instance=instance, resources={"kernel": kernel})
    asked = finance_months_schedule(context)
    assert isinstance(asked, dg.RunRequest) and asked.tags[START] == "2026-10-01"


def test_a_corrected_hint_shows_in_the_review_of_the_month_before_anything_is_booked(
    company: Company, instance: dg.DagsterInstance, home: Path
) -> None:
    company.bill(bill())
    company.work()
    assert checks(made(company.kernel, instance, booking_reviews, "2026-10-01")) == {
        "booking_review/schema": True, "booking_review/reconciled": True
    }  # fmt: skip
    text = Path("aios/books/chart.yaml").read_text()
    (home / "chart.yaml").write_text(text.replace("büro, buero, office]", "papers]"))
    result = made(company.kernel, instance, booking_reviews, "2026-10-01")
    assert checks(result)["booking_review/reconciled"] is False
    [said] = of(result, "booking_review")
    assert "4930" in str(said.metadata["preview"].value) and "4900" in str(said.metadata["preview"].value)
    frame = pl.read_parquet(home / "finance/booking_review/2026-10-01.parquet")
    assert frame.select("account_before", "account_after", "changes").row(0) == ("4930", "4900", True)
