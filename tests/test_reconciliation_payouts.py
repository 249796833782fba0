"""Payouts of Stripe: one entry of a statement, made of payments for invoices, less what Stripe keeps.

The mock servers of Stripe list no transactions of a payout, so `tests/peers/account.py` stands in, with the shape of
Stripe's own fixture.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aios.events.catalog import PaymentReceived, PayoutPaid
from aios.events.event import NewEvent
from tests.bank import answer, balances, banking, issue, owed, questions, tell, uses
from tests.company import Company
from tests.peers.account import Account
from tests.peers.stripe import KEY
from tests.statements import Line, camt

FIXTURES = Path(__file__).parents[2] / "shared" / "data" / "stripe-fixtures" / "fixtures3.json"
AT = "2026-11-09T00:00:00.000000Z"


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account(page=2).start()
    yield account
    account.stop()


@pytest.fixture
def company(home: Path, account: Account) -> Iterator[Company]:
    with banking(home, stripe_api_key=KEY, stripe_api_base=account.base) as company:
        yield company


def shape() -> dict[str, Any]:
    return json.loads(FIXTURES.read_text())["resources"]["balance_transaction"] if FIXTURES.exists() else {}


def transaction(account: Account, kind: str, minor: int, fee: int, payment: str = "", words: str = "") -> None:
    source = {"id": f"ch_{payment}", "object": "charge", "payment_intent": payment or None, "description": words}
    said = {"type": kind, "amount": minor, "fee": fee, "net": minor - fee, "currency": "eur", "description": None}
    plain = {name: value for name, value in shape().items() if name != "id"}
    account.put("balance_transactions", payout="po_1", **(plain | said | {"source": source if payment else None}))


def paid_out(company: Company, minor: int) -> None:
    said = PayoutPaid(object="po_1", amount=minor, currency="eur", happened_at=AT, arrives_at=AT, live=False)
    company.kernel.log.record(NewEvent("payment/po_1", said))


def test_a_payout_settles_the_invoices_that_its_payments_were_for_and_its_fees_are_booked(
    company: Company, account: Account
) -> None:
    first, second = issue(company, "a"), issue(company, "b", "50.00")
    received = PaymentReceived(object="in_1", payment="pi_1", number=first, currency="eur", happened_at=AT, live=False)
    company.kernel.log.record(NewEvent("payment/in_1", received))
    transaction(account, "charge", 11900, 375, "pi_1")
    transaction(account, "charge", 5950, 200, "pi_2", f"Payment for Invoice {second}")
    transaction(account, "stripe_fee", -100, 0)
    transaction(account, "payout", -17175, 0)
    paid_out(company, 17175)
    case_id = tell(company, camt(Line(17175, "STRIPE PAYOUT", "Stripe")))
    found = {(how, minor) for how, minor, _ in uses(company, case_id)}
    assert found == {("invoice", 11900), ("invoice", 5950), ("account", -675)}
    assert owed(company) == {} and company.case(case_id).outcome == "accounted"
    assert balances(company) == {"1200": 17175, "4970": 675, "8400": -15000, "1776": -2850}


def test_of_a_payout_what_names_no_invoice_is_asked_about_less_its_fee(company: Company, account: Account) -> None:
    first = issue(company, "a")
    transaction(account, "charge", 11900, 375, "pi_1", first)
    transaction(account, "charge", 2000, 80, "pi_2", "T-shirt")
    paid_out(company, 13445)
    case_id = tell(company, camt(Line(13445, "STRIPE PAYOUT", "Stripe")))
    [asked] = questions(company, case_id)
    assert asked.title.startswith("What is this? 19.20 EUR of 134.45 EUR from Stripe")
    answer(company, case_id, "8400")
    assert balances(company)["1200"] == 13445 and owed(company) == {}


def test_a_payout_that_is_told_of_after_its_entry_came_is_looked_at_then(company: Company, account: Account) -> None:
    transaction(account, "charge", 11900, 375, "pi_1", issue(company, "a"))
    case_id = tell(company, camt(Line(11525, "STRIPE", "Stripe", on=date(2026, 11, 10))))
    assert len(questions(company, case_id)) == 1
    paid_out(company, 11525)
    assert company.kernel.entry_questions.reconsider() == [case_id]
    company.work()
    assert questions(company, case_id) == [] and owed(company) == {}


def test_what_does_not_make_the_sum_of_the_payout_is_not_taken_for_it(company: Company, account: Account) -> None:
    transaction(account, "charge", 11900, 375, "pi_1", issue(company, "a"))
    paid_out(company, 11000)
    case_id = tell(company, camt(Line(11000, "STRIPE", "Stripe")))
    assert uses(company, case_id) == [] and len(questions(company, case_id)) == 1
