"""Webhooks in: signed by who sent them, taken in once, and nothing of what is not signed."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from standardwebhooks.webhooks import Webhook

from aios.kernel import Kernel
from tests.invariants import check_promises
from tests.workplace import client_of, kernel_at

STRIPE_SECRET = "whsec_of_stripe"
SECRET = "whsec_" + "bm90IGEgcmVhbCBzZWNyZXQgYXQgYWxs"
UNPAID = {"id": "in_1", "status": "open", "currency": "eur", "total": 4900, "amount_due": 4900, "amount_paid": 0}
FAILED = {
    "id": "evt_1",
    "object": "event",
    "type": "invoice.payment_failed",
    "created": 1_790_000_000,
    "livemode": False,
    "data": {"object": UNPAID},
}
FIXTURES = Path(__file__).parents[2] / "shared" / "data" / "stripe-fixtures" / "fixtures3.json"

Signed = Callable[[bytes, datetime], dict[str, str]]


@pytest.fixture
def kernel(home: Path) -> Iterator[Kernel]:
    secrets = {"stripe_webhook_secret": STRIPE_SECRET, "aios_webhook_secret": f"whsec_b2xkIHNlY3JldA== {SECRET}"}
    kernel = kernel_at(home, aios_password="open sesame please", **secrets)
    yield kernel
    check_promises(kernel.database)
    kernel.close()


@pytest.fixture
def client(kernel: Kernel) -> TestClient:
    return client_of(kernel)


def by_stripe(body: bytes, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    right = hmac.new(STRIPE_SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={right},v0=00"}


def by_standard(body: bytes, at: datetime) -> dict[str, str]:
    signed = Webhook(SECRET).sign("msg_1", at, body.decode())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,AAAA {signed}",
    }


def plainly(body: bytes, at: datetime) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


SCHEMES = [("stripe", by_stripe), ("shop", by_standard), ("shop", plainly)]
NOW = lambda: datetime.now(UTC)  # noqa: E731  # the libraries ask the machine's clock


def send(client: TestClient, source: str, body: bytes, headers: dict[str, str]) -> Any:
    json_type = {"Content-Type": "application/json"}
    return client.post(f"/api/webhooks/{source}", content=body, headers={**json_type, **headers})


def received(kernel: Kernel) -> list[Any]:
    with kernel.database.read() as connection:
        return [event.payload for event in kernel.log.read(connection, types=("webhook.received",))]


@pytest.mark.parametrize(("source", "sign"), SCHEMES)
def test_a_signed_webhook_is_taken_in_once_without_signing_in(
    kernel: Kernel, client: TestClient, source: str, sign: Signed
) -> None:
    body = json.dumps(FAILED).encode()
    first, again = (send(client, source, body, sign(body, NOW())) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["event_id"] == first.json()["event_id"]
    assert [(one.sender, one.kind, one.size) for one in received(kernel)] == [
        (source, "invoice.payment_failed", len(body))
    ]


@pytest.mark.parametrize(("source", "sign"), SCHEMES)
def test_a_wrong_signature_is_refused_and_leaves_nothing(
    kernel: Kernel, client: TestClient, source: str, sign: Signed
) -> None:
    body = json.dumps(FAILED).encode()
    for headers in (sign(body + b" ", NOW()), {}, {"Stripe-Signature": "t=x,v1", "webhook-signature": "v1"}):
        answer = send(client, source, body, headers)
        assert answer.status_code == 401, headers
        assert answer.json()["type"] == "urn:aios:problem:unsigned"
    with kernel.database.read() as connection:
        assert kernel.log.head(connection) == 0


@pytest.mark.parametrize(("source", "sign"), SCHEMES[:2])
@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_signature_is_refused(client: TestClient, source: str, sign: Signed, minutes: int) -> None:
    if source == "stripe" and minutes > 0:
        minutes = -minutes  # Stripe's SDK takes what is signed for later
    body = json.dumps(FAILED).encode()
    assert send(client, source, body, sign(body, NOW() + timedelta(minutes=minutes))).status_code == 401


def test_a_replayed_body_under_a_fresh_signature_is_recognised(kernel: Kernel, client: TestClient) -> None:
    body = json.dumps(FAILED).encode()
    send(client, "stripe", body, by_stripe(body, NOW() - timedelta(seconds=60)))
    assert send(client, "stripe", body, by_stripe(body, NOW())).status_code == 200
    assert len(received(kernel)) == 1


def test_a_lead_that_another_program_signs_opens_its_case(kernel: Kernel, client: TestClient) -> None:
    data = {"sender": {"email": "ada@engines.example"}, "subject": "Website", "text": "Can you help?"}
    body = json.dumps({"type": "lead.received", "data": data}).encode()
    answer = send(client, "website", body, by_standard(body, NOW()))
    assert (answer.status_code, answer.json()["case_id"]) == (202, "lead-0001")


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b'{"a":' * 100_000, b"\xff\xfe", b'{"type": "lead.received"}']
)
def test_what_is_signed_and_cannot_be_read_is_quarantined(kernel: Kernel, client: TestClient, body: bytes) -> None:
    answer = send(client, "shop", body, plainly(body, NOW()))
    assert answer.status_code == 422, answer.text
    assert answer.json()["quarantined"] is True
    with kernel.database.read() as connection:
        assert kernel.quarantine.count(connection) == 1


def test_without_a_secret_nothing_is_taken_in_and_the_problem_names_the_setting(home: Path) -> None:
    kernel = kernel_at(home)
    body = json.dumps(FAILED).encode()
    for source, setting in (("stripe", "STRIPE_WEBHOOK_SECRET"), ("shop", "AIOS_WEBHOOK_SECRET")):
        answer = send(client_of(kernel), source, body, {})
        assert answer.status_code == 401
        assert setting in answer.json()["remedy"]
    kernel.close()


@pytest.mark.parametrize("source", ["Shop", "a" * 41, "..%2e", "sh op"])
def test_an_odd_source_is_no_address(client: TestClient, source: str) -> None:
    assert send(client, source, b"{}", plainly(b"{}", NOW())).status_code == 404


@pytest.mark.skipif(not FIXTURES.exists(), reason="Stripe's samples are in ../shared/data/stripe-fixtures")
def test_every_kind_of_thing_that_stripe_speaks_of_comes_through(kernel: Kernel, client: TestClient) -> None:
    resources: dict[str, Any] = json.loads(FIXTURES.read_text("utf-8"))["resources"]
    for kind, thing in resources.items():
        event = {**resources["event"], "id": f"evt_{kind}", "type": f"{kind}.updated", "data": {"object": thing}}
        body = json.dumps(event).encode()
        assert send(client, "stripe", body, by_stripe(body, NOW())).status_code == 202
    assert len(received(kernel)) == len(resources) == 176
