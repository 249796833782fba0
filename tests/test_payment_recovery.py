"""A payment failed: the customer is told, it is tried again, what it was for is paused, and goes on when it is paid."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.connectors.webhooks.incoming import STRIPE, delivery_of
from aios.effects import ledger
from tests.commands import here
from tests.company import Company, found_company
from tests.invariants import check_promises
from tests.workplace import client_of

AT = 1_790_000_000
CASE = "payment-0001"


@pytest.fixture
def company(home: Path) -> Iterator[Company]:
    company = found_company(home)
    yield company
    check_promises(company.kernel.database)
    company.kernel.close()


def invoice(status: str, **more: Any) -> dict[str, Any]:
    owed = {"total": 4900, "amount_due": 4900, "amount_paid": 0, "currency": "eur", "number": "A-1"}
    who = {"customer": "cus_1", "customer_email": "mira@kaffeekontor.example", "customer_name": "Mira Kern"}
    where = {"hosted_invoice_url": "https://invoice.stripe.example/i/1", "subscription": "sub_1"}
    return {"id": "in_1", "object": "invoice", "status": status, **owed, **who, **where, **more}


def tell(company: Company, kind: str, thing: dict[str, Any], at: int = AT, live: bool = False) -> None:
    said = {"id": f"evt_{kind}_{at}", "object": "event", "type": kind, "created": at, "livemode": live}
    body = json.dumps({**said, "data": {"object": thing}}).encode()
    company.kernel.intake.receive_webhook(delivery_of(STRIPE, "", body))
    company.work()


def fail(company: Company, attempt: int, *, again: bool) -> None:
    later = AT + attempt * 86_400 + 86_400 if again else None
    thing = invoice("open", attempt_count=attempt, next_payment_attempt=later)
    tell(company, "invoice.payment_failed", thing, at=AT + attempt)


def pay(company: Company) -> None:
    tell(company, "invoice.paid", invoice("paid", amount_paid=4900), at=AT + 900)


def agree(company: Company) -> None:
    company.answer(CASE)
    company.pass_undo_window()


def effects(company: Company) -> dict[str, str]:
    with company.kernel.database.read() as connection:
        return {each.key: each.state for each in ledger.of_case(connection, CASE)}


def test_each_failed_try_is_told_and_the_case_waits_for_stripe_while_it_tries_again(company: Company) -> None:
    fail(company, 1, again=True)
    asked = company.decision(CASE)
    assert asked.title == "Tell Mira Kern that 49.00 EUR could not be taken"
    agree(company)
    assert effects(company) == {f"mail.send/{CASE}/failed/1": "captured"}
    assert (company.case(CASE).status, company.case(CASE).waiting_on) == ("waiting", "outside")
    page = client_of(company.kernel).get(f"/cases/{CASE}").text
    assert "Payment failed: 49.00 EUR" in page and "Waits for them" in page
    fail(company, 2, again=True)
    agree(company)
    assert sorted(effects(company)) == [f"mail.send/{CASE}/failed/1", f"mail.send/{CASE}/failed/2"]
    [mail] = [file.read_text("utf-8") for file in (company.kernel.settings.home / "outbox").glob("*failed.2*.eml")]
    assert "49.00 EUR" in mail and "mira@kaffeekontor.example" in mail


def test_once_nobody_tries_again_it_is_paused_and_goes_on_when_it_is_paid(company: Company) -> None:
    fail(company, 4, again=False)
    agree(company)
    assert company.decision(CASE).title == "Pause the subscription of Mira Kern, who owes 49.00 EUR"
    agree(company)
    file = company.kernel.settings.home / "outbox" / "payments" / "sub_1.json"
    assert json.loads(file.read_text())["pause_collection"]
    pay(company)
    assert company.decision(CASE).title.startswith("Go on with the subscription of Mira Kern")
    agree(company)
    assert json.loads(file.read_text())["pause_collection"] is None
    assert effects(company)[f"payments.set_paused/{CASE}"] == "compensated"
    assert (company.case(CASE).status, company.case(CASE).outcome) == ("closed", "recovered")


def test_money_is_taken_again_where_stripe_does_not_try_by_itself(company: Company) -> None:
    fail(company, 1, again=False)
    agree(company)
    assert company.decision(CASE).title == "Take 49.00 EUR from Mira Kern once more"
    agree(company)
    assert effects(company)[f"payments.pay_invoice/{CASE}/1"] == "captured"
    assert f"payments.set_paused/{CASE}" not in effects(company)
    pay(company)
    assert company.case(CASE).outcome == "recovered"


def test_what_is_paid_before_anybody_decides_asks_nothing_more(company: Company) -> None:
    fail(company, 1, again=True)
    pay(company)
    with company.kernel.database.read() as connection:
        assert company.kernel.decisions.list(connection, status="open") == []
    assert (company.case(CASE).outcome, set(effects(company).values())) == ("recovered", {"withdrawn"})


def test_a_payment_told_before_the_failure_it_follows_ends_the_case_at_once(company: Company) -> None:
    pay(company)
    fail(company, 1, again=True)
    assert (company.case(CASE).outcome, effects(company)) == ("recovered", {})


def test_a_void_invoice_is_owed_no_more(company: Company) -> None:
    fail(company, 1, again=True)
    tell(company, "invoice.voided", invoice("void"), at=AT + 500)
    assert company.case(CASE).outcome == "written off"


def test_the_case_belongs_to_the_customer_and_is_one_for_each_invoice(company: Company) -> None:
    fail(company, 1, again=True)
    fail(company, 1, again=True)
    assert [case.id for case in company.cases()] == [CASE]
    with company.kernel.database.read() as connection:
        contact = company.kernel.contacts.get(connection, company.case(CASE).contact_id)
    assert "mira@kaffeekontor.example" in [alias.value for alias in contact.aliases]


def test_without_an_address_or_a_subscription_the_rest_goes_on(company: Company) -> None:
    thing = invoice("open", attempt_count=4, customer_email=None, subscription=None)
    tell(company, "invoice.payment_failed", thing)
    assert effects(company) == {}
    assert company.case(CASE).waiting_on == "outside"


def test_a_rejected_notice_ends_the_case_until_something_new_is_told(company: Company) -> None:
    fail(company, 1, again=True)
    company.answer(CASE, "reject")
    assert company.case(CASE).outcome == "rejected"
    fail(company, 2, again=True)
    assert company.decision(CASE).status == "open"


def test_the_payments_page_says_how_far_each_recovery_is_whether_access_is_paused_and_what_stripe_told(
    company: Company,
) -> None:
    client = client_of(company.kernel)
    assert "No payment is being recovered" in client.get("/payments").text
    assert client.get("/api/payments/recoveries").json() == {"recoveries": []}
    fail(company, 4, again=False)
    page = client.get("/payments").text
    assert f'href="/cases/{CASE}"' in page and "Access on" in page and "failed 4 times" in page and "49.00" in page
    agree(company)
    agree(company)
    assert "Access paused" in client.get("/payments").text
    [said] = client.get("/api/payments/recoveries").json()["recoveries"]
    assert (said["case_id"], said["access"], said["attempt"], said["live"]) == (CASE, "paused", 4, False)
    pay(company)
    agree(company)
    [ended] = client.get("/api/payments/recoveries?ended=true").json()["recoveries"]
    assert (ended["outcome"], ended["access"], ended["settled"]) == ("recovered", "on", "paid")
    failed = client.get("/payments?kind=payment.failed").text
    assert "Payment failed" in failed and failed.count("in_1 ·") == 1
    assert "Nothing of that type" in client.get("/payments?kind=payout.paid").text
    assert client.get("/payments?kind=nonsense").status_code == 404


def test_recoveries_are_listed_by_the_command(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from aios.cli import payments

    home = company.kernel.settings.home
    empty = here(payments.app, home, monkeypatch, "recoveries")
    assert "No failed payment is being recovered" in empty.output
    fail(company, 1, again=True)
    [said] = json.loads(here(payments.app, home, monkeypatch, "recoveries", "--json").output)
    assert (said["case_id"], said["attempt"], said["access"]) == (CASE, 1, "on") and said["next_attempt_at"]
    assert "49.00 EUR" in here(payments.app, home, monkeypatch, "recoveries").output
