"""The example inbox: every kind of lead ends where a newcomer is told it will."""

import tomllib
from datetime import timedelta

import pytest

from aios.cli.demo import owe
from aios.events.integrity import projection_digests, rebuild
from tests.company import EXAMPLES, Company, found_company


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Company:
    company = found_company(tmp_path_factory.mktemp("examples"))
    company.learn()
    company.drop()
    company.work()
    return company


def outcomes(company: Company) -> dict[str, str]:
    return {case.title: case.outcome or case.waiting_on for case in company.cases()}


def test_at_least_twelve_leads_wait_in_the_queue_or_are_archived(company: Company) -> None:
    assert len(company.cases()) >= 12
    assert all(case.status in ("waiting", "closed") for case in company.cases()), outcomes(company)
    assert sum(case.waiting_on == "decision" for case in company.cases()) >= 10, outcomes(company)


def test_the_spam_is_archived(company: Company) -> None:
    assert "spam" in {case.outcome for case in company.cases()}, outcomes(company)


def test_the_duplicates_are_recognised(company: Company) -> None:
    with company.kernel.database.read() as connection:
        messages = company.kernel.log.read(connection, types=("message.received",))
    assert any("duplicate" in event.payload.flags for event in messages)
    assert len({case.title for case in company.cases()}) == len(company.cases())


def test_the_broken_file_is_quarantined_with_its_reason(company: Company) -> None:
    with company.kernel.database.read() as connection:
        [item] = company.kernel.quarantine.list(connection)
    assert item.reason and item.remedy


def test_no_draft_states_a_price_that_is_not_in_its_context(company: Company) -> None:
    for case in company.cases():
        if case.waiting_on == "decision":
            assert "ungrounded" not in company.output(case.id, "lead_reply_draft")["flags"], case.title


@pytest.fixture(scope="module")
def billed(tmp_path_factory) -> Company:
    company = found_company(tmp_path_factory.mktemp("billed"), aios_bank_iban="DE75512108001245126199")
    company.drop(EXAMPLES / "invoices")
    company.work()
    return company


@pytest.mark.parametrize(
    ("case_id", "step", "rule"),
    [
        ("invoice-0001", "invoice_payment", "AIOS-ACCOUNT-FIRST"),
        ("invoice-0002", "invoice_booking", "AIOS-ACCOUNT-FIRST"),
        ("invoice-0003", "invoice_booking", "BR-CO-15"),
        ("invoice-0004", "invoice_booking", "AIOS-ACCOUNT-CHANGED"),
        ("invoice-0005", "invoice_booking", "AIOS-TEXT"),
    ],
    ids=["right and small", "right and large", "wrong sums", "a new account", "text alone"],
)
def test_each_example_invoice_waits_in_the_queue_with_its_checks(
    billed: Company, case_id: str, step: str, rule: str
) -> None:
    decision = billed.decision(case_id)
    with billed.kernel.database.read() as connection:
        shown = billed.kernel.decisions.shown(connection, decision)
    assert decision.step == step
    assert rule in {check.rule for check in shown.checks if check.grade != "ok"}


@pytest.fixture(scope="module")
def owed(tmp_path_factory) -> Company:
    settings = tomllib.loads((EXAMPLES / "aios.toml").read_text())
    company = found_company(
        tmp_path_factory.mktemp("owed"), **{name.lower(): value for name, value in settings.items()}
    )
    company.drop(EXAMPLES / "outgoing")
    company.work()
    return company


def test_the_example_draft_waits_in_the_queue_with_its_mail(owed: Company) -> None:
    decision = owed.decision("bill-0001")
    assert decision.title == "Issue the invoice to Kaffeekontor Hamburg GmbH: 4,284.00 EUR"


def test_the_example_of_an_overdue_invoice_is_issued_once_and_has_its_reminder_in_the_queue(owed: Company) -> None:
    for _ in range(2):
        [said] = owe(owed.kernel, EXAMPLES / "overdue")
        assert "Buchhandlung Sturm & Söhne was due on" in said
    yesterday = owed.kernel.clock.now().date() - timedelta(days=1)
    [case_id] = owed.kernel.billing.dunning.propose(yesterday)
    owed.work()
    assert owed.decision(case_id).title.startswith("Remind Buchhandlung Sturm & Söhne of")
    assert owed.output(case_id, "reminder")["days"] == 10


def test_rebuilding_the_examples_gives_identical_projections(company: Company) -> None:
    before = projection_digests(company.kernel.log)
    rebuild(company.kernel.log)
    assert projection_digests(company.kernel.log) == before
