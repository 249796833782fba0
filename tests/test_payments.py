"""Payments at Stripe: whole or not at all, each once, found again by their mark, and undone where they can be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios.clock import ManualClock
from aios.connectors.base import Absent, CannotTell, Connector, Found
from aios.connectors.checked import Checked
from aios.connectors.contract import Compensation
from aios.connectors.payments.contract import PAYMENTS
from aios.connectors.payments.order import MARK
from aios.connectors.payments.request import mark_of
from aios.errors import (
    AiosError,
    BusinessFailure,
    CredentialRefused,
    HardFailure,
    OutcomeUnknown,
    SoftFailure,
)
from aios.settings import Settings
from tests.peers.account import Account
from tests.peers.stripe import KEY

INVOICE: dict[str, Any] = {
    "customer": "cus_mira",
    "currency": "EUR",
    "lines": [{"description": "Workshop", "amount": 119_000}, {"description": "Travel", "amount": 11_900}],
}
REFUND = {"payment": "pi_1", "amount": 500}
DECLINED = (402, {"error": {"type": "card_error", "decline_code": "insufficient_funds", "message": "Declined."}})


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account().start()
    yield account
    account.stop()


def connector_at(account: Account, **more: Any) -> Connector:
    settings = Settings(stripe_api_key=KEY, stripe_api_base=account.base, aios_connector_timeout=30, **more)
    return Checked(PAYMENTS, PAYMENTS.live(settings, ManualClock()))


@pytest.fixture
def payments(account: Account) -> Connector:
    return connector_at(account)


@pytest.fixture
def twin(home: Path) -> Connector:
    return Checked(PAYMENTS, PAYMENTS.sandbox(Settings(aios_home=home), ManualClock()))


def test_an_invoice_is_opened_with_all_its_lines_in_minor_units(account: Account, payments: Connector) -> None:
    receipt = payments.perform("create_invoice", INVOICE, "k")
    assert (receipt["status"], receipt["amount"], receipt["currency"]) == ("open", 130_900, "EUR")
    assert [item["amount"] for item in account.all("invoiceitems")] == [11_900, 119_000]


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("done", [True, False])
def test_an_invoice_that_was_left_half_made_is_made_whole_and_once(
    account: Account, payments: Connector, step: int, done: bool
) -> None:
    cut = (500, {"error": {"type": "api_error"}})
    account.refuse = [*[None] * step, cut]
    account.late = done
    with pytest.raises(OutcomeUnknown):
        payments.perform("create_invoice", INVOICE, "k")
    whole = done and step == 3
    assert isinstance(payments.look_up("create_invoice", INVOICE, "k"), Found if whole else Absent)
    account.keys.clear()  # Stripe has forgotten every key by now
    receipt = payments.perform("create_invoice", INVOICE, "k")
    assert (receipt["status"], receipt["amount"]) == ("open", 130_900)
    assert [len(account.all(each)) for each in ("invoices", "invoiceitems")] == [1, 2]
    assert payments.look_up("create_invoice", INVOICE, "k") == Found(receipt)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("create_customer", {"name": "Mira", "email": "mira@kaffeekontor.example"}),
        ("create_product", {"name": "Workshop"}),
        ("create_price", {"product": "prod_1", "amount": 4900, "currency": "EUR", "every": "month"}),
        ("create_payment_link", {"price": "price_1"}),
        ("create_subscription", {"customer": "cus_1", "price": "price_1", "trial_days": 14}),
        ("refund", REFUND),
    ],
)
def test_what_was_made_is_found_by_its_mark_though_stripe_forgot_the_key(
    account: Account, payments: Connector, operation: str, request_: dict[str, Any]
) -> None:
    assert isinstance(payments.look_up(operation, request_, "k"), Absent)
    receipt = payments.perform(operation, request_, "k")
    account.keys.clear()
    assert payments.look_up(operation, request_, "k") == Found(receipt)
    assert payments.perform(operation, request_, "k") == receipt
    assert len(account.asked) == 1
    if operation != "create_product":
        assert payments.perform(operation, request_, "another")["id"] != receipt["id"]


def test_a_kept_refusal_is_asked_for_again_under_a_new_key(account: Account, payments: Connector) -> None:
    account.put("invoices", id="in_1", object="invoice", status="open", total=4900)
    account.refuse = [DECLINED]
    with pytest.raises(BusinessFailure, match="declined") as declined:
        payments.perform("pay_invoice", {"invoice": "in_1"}, "k")
    assert "Try again later" in declined.value.remedy
    receipt = payments.perform("pay_invoice", {"invoice": "in_1"}, "k")
    assert (receipt["status"], receipt["before"], receipt["payment"]) == ("paid", "open", "pi_paid")


def test_what_was_edited_after_a_refusal_is_a_request_of_its_own(account: Account, payments: Connector) -> None:
    account.refuse = [(400, {"error": {"code": "charge_already_refunded", "message": "Too much."}})]
    with pytest.raises(BusinessFailure):
        payments.perform("refund", REFUND, "k")
    assert payments.perform("refund", {**REFUND, "amount": 400}, "k")["amount"] == 400


@pytest.mark.parametrize(
    ("status", "error", "failure", "says"),
    [
        (429, {"code": "rate_limit"}, SoftFailure, "429"),
        (429, {"code": "lock_timeout"}, SoftFailure, "busy"),
        (409, {"code": "idempotency_key_in_use"}, SoftFailure, "busy"),
        (
            402,
            {"type": "card_error", "message": "Your card has expired.", "code": "expired_card"},
            BusinessFailure,
            "exp",
        ),
        (400, {"code": "charge_disputed", "message": "It is disputed."}, BusinessFailure, "disputed"),
        (400, {"message": "Invalid integer: -1", "param": "amount"}, HardFailure, r"\(amount\)"),
        (404, {"code": "resource_missing", "message": "No such charge"}, HardFailure, "No such charge"),
        (401, {"message": f"Invalid API Key provided: {KEY}"}, CredentialRefused, "401"),
        (403, {"message": "The key may not do this."}, CredentialRefused, "403"),
        (500, {"type": "api_error"}, OutcomeUnknown, "500"),
        (302, {}, HardFailure, "STRIPE_API_KEY"),
    ],
)
def test_each_refusal_takes_its_own_way(
    account: Account, payments: Connector, status: int, error: Any, failure: type[AiosError], says: str
) -> None:
    account.refuse = [(status, {"error": error, "headers": {"Retry-After": "7"}})]
    with pytest.raises(failure, match=says) as refused:
        payments.perform("refund", REFUND, "k")
    assert type(refused.value) is failure and KEY not in str(refused.value)
    if code := error.get("code") == "rate_limit":
        assert code and refused.value.retry_after == 7
    assert account.all("refunds") == []


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{" * 100_000])
def test_an_answer_that_is_no_answer_leaves_the_outcome_unknown(
    account: Account, payments: Connector, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aios.connectors.web import Reply, Web

    def say(self: Web, method: str, url: str, **more: Any) -> Reply:
        return Reply(200, {}, b'{"data": []}' if method == "GET" else answer)

    monkeypatch.setattr(Web, "call", say)
    with pytest.raises(OutcomeUnknown):
        payments.perform("refund", REFUND, "k")


def test_a_list_that_is_too_long_to_read_leaves_it_to_the_owner(
    account: Account, payments: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"price": "price_1"}
    first = payments.perform("create_payment_link", asked, "first")
    account.page = 1
    for number in range(19):
        account.put("payment_links", object="payment_link", active=True, metadata={MARK: str(number)})
    assert payments.look_up("create_payment_link", asked, "first") == Found(first)
    account.put("payment_links", object="payment_link", active=True)
    assert isinstance(payments.look_up("create_payment_link", asked, "first"), CannotTell)
    assert payments.perform("create_payment_link", asked, "second")["id"] != first["id"]


UNDONE = [
    ("create_customer", {"name": "Mira", "email": "mira@kaffeekontor.example"}, "deleted"),
    ("create_product", {"name": "Workshop"}, "inactive"),
    ("create_price", {"product": "prod_1", "amount": 4900, "currency": "EUR"}, "inactive"),
    ("create_payment_link", {"price": "price_1"}, "inactive"),
    ("create_invoice", INVOICE, "void"),
    ("create_subscription", {"customer": "cus_1", "price": "price_1"}, "canceled"),
]


@pytest.mark.parametrize("where", ["payments", "twin"])
@pytest.mark.parametrize(("operation", "request_", "status"), UNDONE)
def test_what_was_made_is_undone_by_its_compensation_once(
    request: pytest.FixtureRequest, where: str, operation: str, request_: dict[str, Any], status: str
) -> None:
    connector: Connector = request.getfixturevalue(where)
    receipt = connector.perform(operation, request_, "k")
    undo = PAYMENTS.operation(operation).undo
    assert isinstance(undo, Compensation)
    asked = undo.request(request_, receipt)
    assert isinstance(connector.look_up(undo.operation, asked, "undo"), Absent)
    undone = connector.perform(undo.operation, asked, "undo")
    assert (undone["id"], undone["status"]) == (receipt["id"], status)
    assert isinstance(connector.look_up(undo.operation, asked, "undo"), Found)
    assert connector.perform(undo.operation, asked, "undo")["status"] == status


@pytest.mark.parametrize("was", [False, True])
def test_a_pause_is_undone_to_what_was_before_it(account: Account, payments: Connector, was: bool) -> None:
    account.put("subscriptions", id="sub_1", status="active", pause_collection={"behavior": "void"} if was else None)
    asked = {"subscription": "sub_1", "paused": True}
    receipt = payments.perform("set_paused", asked, "k")
    assert (receipt["status"], receipt["before"]) == ("paused", "paused" if was else "active")
    undo = PAYMENTS.operation("set_paused").undo
    assert isinstance(undo, Compensation)
    payments.perform("set_paused", undo.request(asked, receipt), "undo")
    assert bool(account.things["subscriptions"]["sub_1"]["pause_collection"]) == was


def test_what_is_paid_is_refunded_by_the_payment_in_its_receipt(account: Account, payments: Connector) -> None:
    account.put("invoices", id="in_1", object="invoice", status="open", total=4900)
    receipt = payments.perform("pay_invoice", {"invoice": "in_1"}, "k")
    undo = PAYMENTS.operation("pay_invoice").undo
    assert isinstance(undo, Compensation)
    assert PAYMENTS.parse("refund", undo.request({}, receipt)).model_dump()["payment"] == "pi_paid"


@pytest.mark.parametrize("where", ["payments", "twin"])
def test_a_paid_invoice_is_not_voided(request: pytest.FixtureRequest, account: Account, where: str) -> None:
    connector: Connector = request.getfixturevalue(where)
    invoice = connector.perform("create_invoice", INVOICE, "k")["id"]
    assert connector.perform("pay_invoice", {"invoice": invoice}, "pay")["payment"].startswith("pi_")
    with pytest.raises(BusinessFailure, match="give the payment back"):
        connector.perform("void_invoice", {"invoice": invoice}, "void")


def test_a_customer_with_a_subscription_is_not_deleted(account: Account, payments: Connector) -> None:
    customer = payments.perform("create_customer", UNDONE[0][1], "k")["id"]
    account.put("subscriptions", customer=customer, status="active")
    with pytest.raises(BusinessFailure, match="subscriptions"):
        payments.perform("delete_customer", {"customer": customer}, "undo")
    assert "deleted" not in account.things["customers"][customer]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("refund", {"payment": "pi_1", "amount": 5.0}),
        ("refund", {"payment": "pi_1", "amount": "500"}),
        ("refund", {"payment": "pi_1", "amount": 0}),
        ("refund", {"payment": "../../v1/account"}),
        ("void_invoice", {"invoice": "in_1/pay"}),
        ("void_invoice", {"invoice": "in_1?x=1"}),
        ("create_price", {"product": "p", "amount": 100, "currency": "eur"}),
        ("create_price", {"product": "p", "amount": 100, "currency": "ISK"}),
        ("create_invoice", {**INVOICE, "lines": []}),
        ("create_customer", {"name": "Mira", "email": "nobody"}),
    ],
)
def test_an_amount_that_is_no_whole_number_or_an_id_that_leads_elsewhere_goes_nowhere(
    payments: Connector, account: Account, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(HardFailure):
        payments.perform(operation, request_, "k")
    assert account.asked == []


@pytest.mark.parametrize("base", ["http://api.stripe.example", "ftp://127.0.0.1", "api.stripe.com", "https://"])
def test_the_key_never_travels_in_clear_text(base: str) -> None:
    settings = Settings(stripe_api_key=KEY, stripe_api_base=base)
    with pytest.raises(HardFailure, match="STRIPE_API_BASE"):
        PAYMENTS.live(settings, ManualClock()).perform("refund", REFUND, "k")


def test_without_a_key_it_is_off_and_names_the_setting() -> None:
    connector = PAYMENTS.live(Settings(), ManualClock())
    assert (connector.check().state, connector.check().remedy) == ("off", "Set STRIPE_API_KEY.")
    with pytest.raises(HardFailure, match="STRIPE_API_KEY"):
        connector.perform("refund", REFUND, "k")


def test_the_account_is_named_without_its_key() -> None:
    assert KEY[-4:] not in PAYMENTS.account(Settings(stripe_api_key=KEY))


def test_the_mark_follows_from_the_key_alone(account: Account, payments: Connector) -> None:
    payments.perform("refund", REFUND, "k")
    assert account.all("refunds")[0]["metadata"] == {MARK: mark_of("k")}
