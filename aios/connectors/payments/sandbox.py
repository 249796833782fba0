"""`SandboxPayments`: keeps what would be at Stripe in a folder instead."""

import fcntl
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from aios.clock import Clock
from aios.connectors.base import Absent, Found, Health, LookUp
from aios.connectors.captured import replace_file, write_once
from aios.connectors.payments.order import Change, Make, holds, order_of
from aios.connectors.payments.request import mark_of, parse, receipt_of, status_of
from aios.errors import BusinessFailure, SoftFailure
from aios.ids import digest
from aios.settings import Settings

BORN: Mapping[str, Mapping[str, Any]] = {
    "customers": {"object": "customer"},
    "products": {"object": "product", "active": True},
    "prices": {"object": "price", "active": True},
    "payment_links": {"object": "payment_link", "active": True},
    "invoices": {"object": "invoice", "status": "open"},
    "subscriptions": {"object": "subscription", "status": "active", "pause_collection": None},
    "refunds": {"object": "refund", "status": "succeeded"},
}
"""What a new thing says of itself beside what was asked for."""

PREFIXES = {
    "customers": "cus", "products": "prod", "prices": "price", "payment_links": "plink",
    "invoices": "in", "subscriptions": "sub", "refunds": "re",
}  # fmt: skip


class SandboxPayments:
    """Things that Stripe never hears of: one JSON file each in `AIOS_HOME/outbox/payments`, named by its id."""

    name = "payments"
    mode: Literal["sandbox", "live"] = "sandbox"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.clock = clock
        self.folder = settings.home / "outbox" / "payments"

    def perform(self, operation: str, request: dict[str, Any], key: str) -> dict[str, Any]:
        """Do it in the folder. What is at Stripe only, and not here, is taken to be as it was asked for."""
        mark = mark_of(key)
        order = order_of(parse(operation, request), mark)
        try:
            if isinstance(order, Make):
                thing_id = _id(order, mark)
                write_once(self._file(thing_id), _text(self._made(order, thing_id)))
                return receipt_of(self._read(thing_id) or {})
            with self._alone():
                return self._change(order)
        except OSError as error:
            raise SoftFailure(f"The outbox cannot be written: {error}.", f"Make room in {self.folder}.") from error

    def look_up(self, operation: str, request: dict[str, Any], key: str) -> LookUp:
        """Its file is proof, and so is the state that the file tells."""
        mark = mark_of(key)
        order = order_of(parse(operation, request), mark)
        there = self._read(_id(order, mark) if isinstance(order, Make) else order.id)
        if there is None or (isinstance(order, Change) and not holds(there, order.sets)):
            return Absent("no file that says so")
        return Found(receipt_of(there))

    def check(self) -> Health:
        """The sandbox works wherever its folder can be written."""
        return Health(self.name, "ok", "sandbox: payments go to the outbox folder, nothing leaves this machine")

    def _made(self, order: Make, thing_id: str) -> dict[str, Any]:
        now = self.clock.now()
        made: dict[str, Any] = {**order.form, **BORN[order.collection], "id": thing_id, "created": int(now.timestamp())}
        if order.lines:
            due = now + timedelta(days=int(order.form["days_until_due"]))
            total = sum(int(line["amount"]) for line in order.lines)
            made |= {"lines": list(order.lines), "total": total, "due_date": int(due.timestamp())}
        return made

    def _change(self, order: Change) -> dict[str, Any]:
        there = self._read(order.id) or {"id": order.id}
        before = status_of(there)
        if not holds(there, order.sets):
            if before in order.unless:
                raise BusinessFailure(order.unless[before], f"Look at {self._file(order.id)}.")
            there |= {**order.sets, **_paid(order)}
            replace_file(self._file(order.id), _text(there))
        return receipt_of(there, before)

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Nobody else changes a file meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self, thing_id: str) -> dict[str, Any] | None:
        try:
            return json.loads(self._file(thing_id).read_bytes())
        except FileNotFoundError:
            return None

    def _file(self, thing_id: str) -> Path:
        return self.folder / f"{thing_id}.json"


def _id(order: Make, mark: str) -> str:
    return order.id or f"{PREFIXES[order.collection]}_sandbox_{mark}"


def _paid(order: Change) -> Mapping[str, Any]:
    """What else an invoice says once it is paid: the payment, which can be given back."""
    if order.action != "/pay":
        return {}
    return {"object": "invoice", "payment_intent": f"pi_sandbox_{digest(order.id)[:24]}"}


def _text(thing: Mapping[str, Any]) -> bytes:
    return json.dumps(thing, indent=2, ensure_ascii=False).encode()
