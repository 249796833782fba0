"""What Stripe tells: each fact once, by webhook or by poll, in whatever order, and quarantined where it is new."""

import hashlib
import hmac
import itertools
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import dagster as dg
import pytest
import stripe
from typer.testing import CliRunner

from aios.cli import main
from aios.clock import ManualClock
from aios.connectors.payments.events import facts_of
from aios.connectors.webhooks.incoming import STRIPE, delivery_of
from aios.errors import InvalidInput, SoftFailure
from aios.intake import payments
from aios.kernel import Kernel
from aios.payments import standing
from sensors.payments import payments_sensor
from tests.invariants import check_promises
from tests.peers.account import Account
from tests.peers.stripe import KEY
from tests.workplace import client_of, kernel_at

FIXTURES = Path(__file__).parents[2] / "shared" / "data" / "stripe-fixtures" / "fixtures3.json"
SECRET = "whsec_of_stripe"
NOW = 1_790_000_000

FACTS = {
    "invoice.changed": 16,
    "payment.received": 1,
    "payment.failed": 2,
    "payment.refunded": 1,
    "payment.disputed": 1,
    "dispute.closed": 1,
    "subscription.started": 1,
    "subscription.changed": 3,
    "subscription.ended": 1,
    "payout.paid": 1,
    "payout.failed": 1,
}


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account().start()
    yield account
    account.stop()


@pytest.fixture
def kernel(home: Path, account: Account) -> Iterator[Kernel]:
    more = {"stripe_webhook_secret": SECRET, "stripe_api_key": KEY, "stripe_api_base": account.base}
    kernel = kernel_at(home, clock=ManualClock(), **more)
    yield kernel
    check_promises(kernel.database)
    kernel.close()


def invoice(status: str, **more: Any) -> dict[str, Any]:
    plain = {"object": "invoice", "id": "in_1", "currency": "eur", "customer": "cus_1", "number": "A-1"}
    return {**plain, "status": status, "total": 4900, "amount_due": 4900, "amount_paid": 0, **more}


def event(kind: str, thing: dict[str, Any], *, id: str = "", at: int = NOW) -> dict[str, Any]:
    said = {"object": "event", "id": id or f"evt_{kind}_{at}", "type": kind, "created": at, "livemode": False}
    return {**said, "data": {"object": thing}}


CREATED = event("invoice.created", invoice("draft"), at=NOW)
FINALIZED = event("invoice.finalized", invoice("open"), at=NOW + 1)
PAID = event("invoice.paid", invoice("paid", amount_paid=4900), at=NOW + 2)
SUCCEEDED = event("invoice.payment_succeeded", invoice("paid", amount_paid=4900), at=NOW + 2)
FAILED = event(
    "invoice.payment_failed", invoice("open", attempt_count=1, next_payment_attempt=NOW + 86_400), at=NOW + 1
)


def deliver(kernel: Kernel, told: dict[str, Any]) -> Any:
    body = json.dumps(told).encode()
    stamp = str(int(time.time()))
    right = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={stamp},v1={right}", "Content-Type": "application/json"}
    return client_of(kernel).post("/api/webhooks/stripe", content=body, headers=headers)


def take(kernel: Kernel, told: dict[str, Any]) -> Any:
    return kernel.intake.receive_webhook(delivery_of(STRIPE, "", json.dumps(told).encode()))


def kinds(kernel: Kernel) -> Counter[str]:
    with kernel.database.read() as connection:
        return Counter(each.type for each in kernel.log.read(connection))


def how(kernel: Kernel, thing: str = "in_1") -> standing.Standing | None:
    with kernel.database.read() as connection:
        return standing.find(connection, thing)


def renamed(told: dict[str, Any], number: int) -> dict[str, Any]:
    """The same event of another invoice."""
    return {
        **told,
        "id": f"{told['id']}_{number}",
        "data": {"object": {**told["data"]["object"], "id": f"in_{number}"}},
    }


def test_in_whatever_order_they_come_the_last_state_stands_and_the_payment_counts_once(kernel: Kernel) -> None:
    orders = list(itertools.permutations((CREATED, FINALIZED, PAID, SUCCEEDED)))
    for number, order in enumerate(orders):
        for told in (*order, *order):
            take(kernel, renamed(told, number))
        assert (how(kernel, f"in_{number}").status, how(kernel, f"in_{number}").paid) == ("paid", 4900)
    many = len(orders)
    assert kinds(kernel) == {"webhook.received": 4 * many, "invoice.changed": 4 * many, "payment.received": many}


def test_of_two_states_in_one_second_the_one_that_follows_the_other_stands(kernel: Kernel) -> None:
    for number, order in enumerate(itertools.permutations(("draft", "open", "paid"))):
        for status in order:
            take(kernel, renamed(event("invoice.updated", invoice(status), id=f"evt_{status}"), number))
        assert how(kernel, f"in_{number}").status == "paid"


def test_a_signed_event_says_what_has_happened_and_a_repeat_says_nothing_new(kernel: Kernel) -> None:
    assert [deliver(kernel, FAILED).status_code for _ in range(2)] == [202, 200]
    with kernel.database.read() as connection:
        [failed] = kernel.log.read(connection, types=("payment.failed",))
    said = failed.payload
    assert (said.object, said.amount, said.currency, said.attempt) == ("in_1", 4900, "EUR", 1)
    assert (said.live, said.next_attempt_at[:10]) == (False, "2026-09-22")
    assert kernel.log.get(kernel.database.read().__enter__(), failed.caused_by).type == "webhook.received"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"total": None}, "~ total"),
        ({"currency": "euros"}, "~ currency"),
        ({"total": 49.0}, "~ total"),
        ({"total": 10**30}, "~ total"),
        ({"id": "in_\u0000"}, "~ id"),
        ({"id": "x" * 300}, "~ id"),
        ({"status": 3}, "~ status"),
        ({"due_date": 10**15}, "~ due_date"),
    ],
)
def test_an_event_in_a_new_shape_is_quarantined_with_what_differs_once(
    kernel: Kernel, change: dict[str, Any], says: str
) -> None:
    told = event("invoice.paid", {**invoice("paid"), **change})
    assert [deliver(kernel, told).status_code for _ in range(2)] == [422, 200]
    with kernel.database.read() as connection:
        [kept] = kernel.quarantine.list(connection)
    assert says in kept.reason and "invoice.paid" in kept.name
    assert kinds(kernel) == {"webhook.received": 1, "input.quarantined": 1}
    with pytest.raises(InvalidInput):
        kernel.intake.release(kept.id)


def test_what_a_newer_version_can_read_is_released_from_quarantine(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(body: bytes) -> Any:
        raise InvalidInput("Not yet.")

    with monkeypatch.context() as patch:
        patch.setattr("aios.intake.facts.facts_of", refuse)
        assert take(kernel, PAID).quarantined
    with kernel.database.read() as connection:
        [kept] = kernel.quarantine.list(connection)
    assert [each.name for each in kernel.intake.release(kept.id)] == ["invoice.changed", "payment.received"]
    assert how(kernel).status == "paid"


@pytest.mark.skipif(not FIXTURES.exists(), reason="Stripe's samples are in ../shared/data/stripe-fixtures")
def test_every_kind_of_event_that_stripe_has_is_read_from_its_own_samples() -> None:
    resources: dict[str, Any] = json.loads(FIXTURES.read_text("utf-8"))["resources"]
    found: dict[str, str] = {}
    told, refused = 0, []
    for kind in stripe_kinds():
        thing = resources.get(_resource(kind))
        if thing is None:
            continue
        told += 1
        body = {**resources["event"], "id": f"evt_{kind}", "type": kind, "data": {"object": thing}}
        try:
            found |= {fact.told_as: fact.payload.type for fact in facts_of(json.dumps(body).encode())}
        except InvalidInput as error:
            refused.append(str(error))
    assert refused == []
    assert told >= 200
    assert Counter(found.values()) == FACTS


def stripe_kinds() -> tuple[str, ...]:
    """Every kind that Stripe's SDK knows of."""
    return get_args(stripe.Event.__annotations__["type"])


def _resource(kind: str) -> str:
    """The resource that an event of that kind carries."""
    named = kind.rpartition(".")[0]
    special = {"customer.subscription": "subscription", "charge.dispute": "dispute", "charge.refund": "refund"}
    return special.get(named, named)


def test_how_payments_stand_is_listed_for_people_and_programs(
    kernel: Kernel, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIOS_HOME", str(home))
    assert "no invoice" in CliRunner().invoke(main.app, ["payments"]).output
    take(kernel, FINALIZED)
    told = CliRunner().invoke(main.app, ["payments", "--status", "open"]).output
    assert "in_1" in told and "49.00 EUR" in told
    [said] = json.loads(CliRunner().invoke(main.app, ["payments", "list", "--json"]).output)
    [same] = client_of(kernel).get("/api/payments?kind=invoice").json()["payments"]
    assert said["amount"] == same["amount"] == 4900 and said["status"] == same["status"] == "open"
    assert client_of(kernel).get("/api/payments?status=paid").json() == {"payments": []}


# --- asking after an outage ----------------------------------------------------------------------------------------


def at_stripe(account: Account, *told: dict[str, Any]) -> None:
    for each in told:
        account.put("events", **each)


def recently(clock: Any, number: int) -> dict[str, Any]:
    at = int(clock.now().timestamp()) - 1000 + number
    return event("invoice.updated", invoice("open"), id=f"evt_{number:03}", at=at)


def test_what_no_webhook_brought_is_asked_for_and_comes_once(kernel: Kernel, account: Account) -> None:
    told = [recently(kernel.clock, number) for number in range(5)]
    at_stripe(account, *told)
    deliver(kernel, told[2])
    assert len(kernel.payment_events.poll()) == 4
    assert deliver(kernel, told[4]).status_code == 200
    assert kernel.payment_events.poll() == []
    assert kinds(kernel) == {"webhook.received": 5, "invoice.changed": 5}


def test_a_long_outage_is_caught_up_over_several_polls_and_new_events_meanwhile_are_not_missed(
    kernel: Kernel, account: Account
) -> None:
    account.page = 2
    at_stripe(account, *(recently(kernel.clock, number) for number in range(9)))
    kernel.payment_events.patience = 0.0
    first = kernel.payment_events.poll()
    assert len(first) == 2
    at_stripe(account, recently(kernel.clock, 50))
    taken = first + [receipt for _ in range(6) for receipt in kernel.payment_events.poll()]
    assert len(taken) == 10 == kinds(kernel)["webhook.received"]


def test_an_event_that_is_listed_late_is_still_found(kernel: Kernel, account: Account) -> None:
    at_stripe(account, recently(kernel.clock, 500))
    assert len(kernel.payment_events.poll()) == 1
    at_stripe(account, recently(kernel.clock, 100))
    assert len(kernel.payment_events.poll()) == 1


def test_a_poll_that_brings_nothing_writes_nothing(kernel: Kernel, account: Account) -> None:
    at_stripe(account, *(recently(kernel.clock, number) for number in range(3)))
    kernel.payment_events.poll()
    watcher = sqlite3.connect(str(kernel.database.url.database))
    before = watcher.execute("pragma data_version").fetchone()
    assert ticked(kernel).skip_reason.skip_message == "Nothing new at Stripe."
    assert watcher.execute("pragma data_version").fetchone() == before
    watcher.close()


def test_a_page_that_stripe_no_longer_has_is_not_asked_for_for_ever(
    kernel: Kernel, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aios.errors import HardFailure

    account.page = 2
    at_stripe(account, *(recently(kernel.clock, number) for number in range(4)))
    kernel.payment_events.patience = 0.0
    kernel.payment_events.poll()
    with monkeypatch.context() as patch:
        patch.setattr(Account, "answer", lambda *_: ((400, {"error": {"message": "No such event"}}), False))
        with pytest.raises(HardFailure):
            kernel.payment_events.poll()
    for _ in range(3):
        kernel.payment_events.poll()
    assert kinds(kernel)["webhook.received"] == 4


def ticked(kernel: Kernel, cursor: str | None = None) -> Any:
    with dg.DagsterInstance.ephemeral() as instance:
        return payments_sensor(dg.build_sensor_context(instance, cursor, resources={"kernel": kernel}))


def test_the_sensor_waits_as_long_as_stripe_asks(
    kernel: Kernel, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> Any:
        raise SoftFailure("Busy.", retry_after=90)

    monkeypatch.setattr(kernel.payment_events, "poll", busy)
    first = ticked(kernel)
    assert "wait" in ticked(kernel, first.cursor).skip_reason.skip_message
    kernel.clock.advance(seconds=91)
    monkeypatch.undo()
    assert ticked(kernel, first.cursor).skip_reason.skip_message == "Nothing new at Stripe."


def test_a_refused_key_is_one_question_to_the_owner(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "answer", lambda *_: ((401, {"error": {}}), False))
    for _ in range(3):
        ticked(kernel)
    with kernel.database.read() as connection:
        [asked] = kernel.decisions.list(connection, status="open")
    assert asked.title == "Stripe cannot be asked what happened"


def test_without_a_key_nobody_is_asked(home: Path) -> None:
    kernel = kernel_at(home)
    assert kernel.payment_events.poll() == []
    assert "STRIPE_API_KEY" in ticked(kernel).skip_reason.skip_message
    kernel.close()


def test_a_poll_never_reads_further_back_than_a_week_the_first_time(kernel: Kernel, account: Account) -> None:
    old = int((kernel.clock.now() - payments.FIRST - payments.OVERLAP).timestamp()) - 1
    at_stripe(account, event("invoice.updated", invoice("open"), id="evt_old", at=old), recently(kernel.clock, 1))
    assert len(kernel.payment_events.poll()) == 1
