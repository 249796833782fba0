"""Dunning: an overdue invoice is reminded of once per step, by decision, and never once it is settled."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aios.billing.dunning import interest_of
from aios.clock import ManualClock
from assets.reminder import reminders, reminders_job
from sensors.reminders import overdue_sensor
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.statements import Line, camt
from tests.test_outgoing_invoice import BUSINESS, draft, mails

STEPS = [
    {"days": 7, "tone": "friendly"},
    {"days": 21, "tone": "firm", "fee": 5},
    {"days": 35, "tone": "final", "fee": 5, "interest": True},
]
GROSS = 321_300


def policy(company: Company, **more: Any) -> None:
    file = company.kernel.settings.home / "policies.yaml"
    said = {"version": 1, "undo_seconds": 30, "reminders": {"steps": STEPS, "interest": 9, **more}}
    file.write_text(yaml.safe_dump(said))
    assert company.kernel.policies.reload().outcome == "adopted"


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    yield from owed(home)


@pytest.fixture
def on_each_store(home: Path, database_url: str) -> Iterator[Company]:
    yield from owed(home, database_url)


def owed(home: Path, database_url: str = "") -> Iterator[Company]:
    company = found_company(home, database_url, **BUSINESS)
    policy(company)
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def send_invoice(company: Company, **more: Any) -> str:
    case_id = draft(company, **more)
    company.answer(case_id)
    company.work()
    company.pass_undo_window()
    return case_id


def today(company: Company) -> date:
    return company.kernel.clock.now().date()


def pass_days(company: Company, days: float) -> None:
    clock = company.kernel.clock
    assert isinstance(clock, ManualClock)
    clock.advance(days=days)


def look(company: Company, *days_ago: int) -> list[str]:
    """Look at days that are over, the last one where none is named; the new cases, worked on."""
    opened = [
        case
        for ago in days_ago or (1,)
        for case in company.kernel.billing.dunning.propose(today(company) - timedelta(ago))
    ]
    company.work()
    return opened


def agree(company: Company, case_id: str) -> None:
    company.answer(case_id)
    company.pass_undo_window()


def settle(company: Company, key: str, minor: int) -> None:
    """A statement of the bank shows that they have paid so much of the invoice."""
    with company.kernel.database.read() as connection:
        name = company.kernel.billing.issued.get(connection, key).name
    line = Line(minor, f"Rechnung {name}", "Kaffeekontor Hamburg GmbH", reference=name, on=today(company))
    company.kernel.intake.receive_file(f"{name}.xml", camt(line, id=name))
    company.work()


def reminder_mails(company: Company) -> list[Any]:
    return [mail for mail in mails(company) if "innerung" in mail["Subject"] or "ahnung" in mail["Subject"]]


def test_an_overdue_invoice_is_reminded_of_with_the_invoice_attached_once_the_owner_says_so(company: Company) -> None:
    key = send_invoice(company)
    pass_days(company, 14 + 7)
    assert look(company) == []
    pass_days(company, 1)
    [case_id] = look(company)
    assert company.decision(case_id).title == "Remind Kaffeekontor Hamburg GmbH of 2026-0001: 3,213.00 EUR"
    assert look(company) == [] and reminder_mails(company) == []
    agree(company, case_id)
    [mail] = reminder_mails(company)
    assert mail["To"] == "office@kaffeekontor.example"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["2026-0001.pdf"]
    assert "3.213,00" in mail.get_body().get_content() and BUSINESS["aios_bank_iban"] in mail.get_body().get_content()
    [effect] = company.effects(case_id)
    assert effect.key == f"mail.send/reminder/{key}/1"
    assert company.case(case_id).outcome == "reminded"
    assert look(company, 1, 2, 3) == []


def test_the_steps_come_in_order_with_fees_and_interest_to_the_cent(company: Company) -> None:
    send_invoice(company)
    pass_days(company, 14 + 8)
    agree(company, *look(company))
    pass_days(company, 13)
    assert look(company) == []
    pass_days(company, 2)
    agree(company, *look(company))
    pass_days(company, 15)
    [last] = look(company)
    said = company.output(last, "reminder")
    days = said["days"]
    assert (said["level"], said["tone"], said["fees"]) == (3, "final", 1000)
    assert said["interest"] == interest_of(GROSS, Decimal(9), date.fromisoformat(said["due"]), today(company))
    assert said["interest"] == round(Decimal(GROSS) * 9 * days / 36500)
    assert said["total"] == GROSS + 1000 + said["interest"]
    agree(company, last)
    assert [
        mail["Subject"].split()[0] for mail in sorted(reminder_mails(company), key=lambda mail: mail["Date"].datetime)
    ] == [
        "Zahlungserinnerung",
        "Mahnung",
        "Letzte",
    ]
    pass_days(company, 100)
    assert look(company) == []


def test_a_backfill_of_missed_days_proposes_only_what_is_still_due_and_each_step_once(on_each_store: Company) -> None:
    company = on_each_store
    send_invoice(company)
    paid = send_invoice(company, about="another")
    pass_days(company, 100)
    settle(company, paid, GROSS)
    opened = look(company, *range(60, 0, -3))
    assert [company.output(each, "reminder")["level"] for each in opened] == [1]
    assert look(company, *range(60, 0, -3)) == []
    agree(company, opened[0])
    assert look(company, *range(60, 0, -3)) == []
    assert len(reminder_mails(company)) == 1


def test_a_payment_voids_the_reminder_that_waits_and_stops_one_that_is_approved(on_each_store: Company) -> None:
    company = on_each_store
    first = send_invoice(company)
    second = send_invoice(company, about="another")
    pass_days(company, 30)
    waiting, approved = look(company)
    company.answer(approved)
    settle(company, first, GROSS)
    settle(company, second, GROSS)
    company.pass_undo_window()
    for each in (waiting, approved):
        assert (company.case(each).status, company.case(each).outcome) == ("closed", "paid")
    with company.kernel.database.read() as connection:
        assert company.kernel.decisions.list(connection, status="open") == []
    assert reminder_mails(company) == []


def test_a_part_that_is_paid_makes_another_reminder_of_what_is_still_open(company: Company) -> None:
    key = send_invoice(company)
    pass_days(company, 30)
    [case_id] = look(company)
    settle(company, key, 100_000)
    company.work()
    assert company.decision(case_id).title.endswith("2,213.00 EUR")


def test_a_dispute_voids_it_at_once_and_it_goes_on_when_that_is_resolved(company: Company) -> None:
    key = send_invoice(company)
    pass_days(company, 30)
    [case_id] = look(company)
    company.kernel.billing.disputes.begin(key, today(company), actor="owner")
    assert (company.case(case_id).status, company.case(case_id).outcome) == ("closed", "disputed")
    pass_days(company, 30)
    assert look(company) == []
    company.kernel.billing.disputes.resolve(key, today(company) - timedelta(days=2), actor="owner")
    assert look(company) == [case_id] and look(company) == []
    assert company.decision(case_id).title.startswith("Remind Kaffeekontor")
    assert company.output(case_id, "reminder")["level"] == 1


@pytest.mark.parametrize("name", ["2026-0001", "kaffeekontor hamburg gmbh", "office@kaffeekontor.example"])
def test_nobody_is_reminded_of_what_is_paused(company: Company, name: str) -> None:
    send_invoice(company)
    pass_days(company, 30)
    [case_id] = look(company)
    policy(company, pause=[name])
    with company.kernel.database.write() as tx:
        assert company.kernel.billing.dunning.stop_settled(tx) == [case_id]
    pass_days(company, 30)
    assert (look(company), company.case(case_id).outcome) == ([], "paused")


def test_an_invoice_that_was_taken_back_is_not_reminded_of(company: Company) -> None:
    key = send_invoice(company)
    pass_days(company, 30)
    [case_id] = look(company)
    company.kernel.rollback.start(key, "owner")
    company.work()
    assert company.case(case_id).outcome == "credited"
    pass_days(company, 30)
    assert look(company) == []


def test_a_reminder_that_the_owner_rejects_is_not_asked_again_and_the_next_step_comes_in_its_time(
    company: Company,
) -> None:
    send_invoice(company)
    pass_days(company, 22)
    [case_id] = look(company)
    company.answer(case_id, "reject")
    assert look(company) == []
    pass_days(company, 15)
    [following] = look(company)
    assert company.output(following, "reminder")["fees"] == 500


def test_without_steps_in_the_policy_nobody_is_reminded(company: Company) -> None:
    policy(company, steps=[])
    send_invoice(company)
    pass_days(company, 100)
    assert look(company) == []


@given(
    minor=st.integers(1, 10**10),
    percent=st.decimals(0, 20, places=2),
    days=st.integers(0, 2000),
)
def test_interest_is_exact_and_grows_with_each_day(minor: int, percent: Decimal, days: int) -> None:
    due = date(2026, 1, 31)
    now, later = (interest_of(minor, percent, due, due + timedelta(each)) for each in (days, days + 1))
    assert 0 <= now <= later
    assert abs(Decimal(now) - Decimal(minor) * percent * days / 36500) <= Decimal("0.5")


def test_in_dagster_a_range_of_missed_days_is_one_run_and_the_sensor_asks_for_yesterday(company: Company) -> None:
    send_invoice(company)
    pass_days(company, 40)
    yesterday = today(company) - timedelta(days=1)
    resources = {"kernel": dg.ResourceDefinition.hardcoded_resource(company.kernel)}
    context = dg.build_sensor_context(resources={"kernel": company.kernel})
    request = overdue_sensor(context)
    assert isinstance(request, dg.RunRequest) and request.partition_key == yesterday.isoformat()
    assert overdue_sensor(context) == request
    pass_days(company, 1 / 144)
    assert overdue_sensor(context).run_key != request.run_key
    job = dg.Definitions(assets=[reminders], jobs=[reminders_job], resources=resources).resolve_job_def("reminders_job")
    tags = {
        "dagster/asset_partition_range_start": (yesterday - timedelta(days=30)).isoformat(),
        "dagster/asset_partition_range_end": yesterday.isoformat(),
    }
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(instance=instance, tags=tags).success
        assert len(instance.get_materialized_partitions(dg.AssetKey("reminders"))) == 31
    company.work()
    assert [case.id for case in company.cases() if case.process == "reminder"] == ["reminder-0001"]
    assert isinstance(overdue_sensor(context), dg.SkipReason)
