"""Payments under the contract suite: the outbox folder, and two rebuilt Stripes: with idempotency keys and without."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from aios.chaos.proxy import Proxy, told_by_http
from aios.chaos.upstream import Upstream
from aios.connectors.payments.order import MARK
from aios.connectors.payments.request import mark_of
from tests.peers.stripe import KEY, StripeMissing, StripePeer, start_localstripe, start_stateful

INVOICE: dict[str, Any] = {
    "customer": "cus_mira",
    "currency": "EUR",
    "lines": [{"description": "Workshop", "amount": 119_000}, {"description": "Travel", "amount": 11_900}],
}
CUSTOMER: dict[str, Any] = {"name": "Mira Kern", "email": "mira@kaffeekontor.example"}
ANSWERS: dict[str, tuple[int, dict[str, Any], dict[str, str]]] = {
    "busy": (429, {"code": "rate_limit"}, {"Retry_After": "7"}),
    "broken": (500, {"type": "api_error"}, {}),
    "refused": (400, {"type": "invalid_request_error", "message": "No such charge", "param": "charge"}, {}),
}


def _marked(key: str, things: list[dict[str, Any]]) -> int:
    return sum(thing["metadata"].get(MARK) == mark_of(key) for thing in things)


class PaymentsSandbox:
    """The outbox folder."""

    connector, operation, request, marker = "payments", "create_invoice", INVOICE, b""
    mode: Literal["sandbox", "live"] = "sandbox"

    def start(self, home: Path) -> None:
        self.folder = home / "outbox" / "payments"

    def stop(self) -> None:
        pass

    def port(self) -> int | None:
        return None

    def settings(self, port: int | None) -> dict[str, Any]:
        return {}

    def count(self, key: str) -> int:
        return _marked(key, [json.loads(file.read_bytes()) for file in self.folder.glob("in_*.json")])

    def answer(self, answer: str) -> bool:
        return False


class _Stripe:
    """What the two have in common."""

    connector = "payments"
    mode: Literal["sandbox", "live"] = "live"
    peer: StripePeer

    def port(self) -> int | None:
        return self.peer.port

    def settings(self, port: int | None) -> dict[str, Any]:
        return {"stripe_api_key": KEY, "stripe_api_base": f"http://127.0.0.1:{port}"}

    def stop(self) -> None:
        self.peer.stop()


class PaymentsKeyed(_Stripe):
    """`stripe-stateful-mock`, which answers a key again as it did before; refunds of one charge."""

    operation, request, marker = "refund", dict[str, Any](), b"POST /v1/refunds"

    def start(self, home: Path) -> None:
        try:
            self.peer = start_stateful()
        except StripeMissing as missing:
            pytest.skip(str(missing))
        self.charge = self.peer.make("charges", amount=10_000_000, currency="eur", source="tok_visa")["id"]
        self.request = {"payment": self.charge, "amount": 100}
        self.front = Proxy(Upstream("127.0.0.1", self.peer.port), self.marker).start()

    def stop(self) -> None:
        self.front.stop()
        super().stop()

    def port(self) -> int | None:
        return self.front.port

    def count(self, key: str) -> int:
        return _marked(key, self.peer.list("refunds", charge=self.charge))

    def answer(self, answer: str) -> bool:
        status, error, headers = ANSWERS[answer]
        self.front.answer(told_by_http(status, json.dumps({"error": error}).encode(), **headers))
        return True


class PaymentsUnkeyed(_Stripe):
    """`localstripe`, which takes every request for a new one: only the look-up keeps a customer from coming twice."""

    operation, request, marker = "create_customer", CUSTOMER, b"POST /v1/customers"
    answers = ()  # it has no way to be told so

    def start(self, home: Path) -> None:
        try:
            self.peer = start_localstripe()
        except StripeMissing as missing:
            pytest.skip(str(missing))

    def count(self, key: str) -> int:
        return _marked(key, self.peer.list("customers"))

    def answer(self, answer: str) -> bool:
        return False
